-- Feeds of which something is expected, where turns were recorded by then.
select count(*) as rows_expected
from raw.feeds
where has_turns and expected_within_hours is not null

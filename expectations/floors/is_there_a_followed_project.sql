-- One where a project was ever followed, else none.
select cast(least(count(*), 1) as bigint) as rows_expected
from raw.project_follow_up
where is_counted

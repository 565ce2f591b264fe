-- Rows that the parser accepted of the editions that count, for each of the two slippages.
select cast(2 * count(*) as bigint) as slippages_expected
from raw.panorama_projects
where is_counted

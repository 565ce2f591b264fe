-- One row a mart that the publication before has and that is compared.
select cast(count(*) as bigint) as rows_expected
from before.volumes

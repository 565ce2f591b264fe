-- One row an award and period: what is committed for it against what it grants.
select
    award_id,
    beneficiary_name,
    ministry_code,
    period,
    receipt_id,
    file_name,
    cast(awarded_eur * 100 as bigint) as expected,
    cast(committed_eur * 100 as bigint) as actual,
    ministry_code || '/' || award_id || '/' || period as subject
from executed_awards

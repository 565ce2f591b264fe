-- One row: beneficiaries whose SIRET does not agree with its own key.
with beneficiaries as (

    select
        beneficiary_siret,
        not is_siret_valid as is_wrong
    from shared.dim_beneficiary

)

select
    'all' as subject,
    cast(0 as bigint) as expected,
    cast(count(*) filter (where is_wrong) as bigint) as actual,
    coalesce(min(beneficiary_siret) filter (where is_wrong), '') as example
from beneficiaries
having count(*) > 0

-- One row a dossier: what is asked of the fund against the project's cost.
select
    dossier_number as subject,
    beneficiary_name,
    cast(total_cost_eur * 100 as bigint) as expected,
    cast(requested_eur * 100 as bigint) as actual
from fund.fct_application

-- One row an award and period: the larger of what it grants and of what it granted in the period before, against 500
-- times the smaller. A thousand or a million times as much is a unit taken for another.
select
    award_id,
    ministry_code,
    period,
    cast(100 * awarded_eur as bigint) as awarded_cents,
    cast(100 * (awarded_eur - awarded_in_period_eur) as bigint) as before_cents,
    cast(
        100
        * case
            when awarded_eur > 0 and awarded_eur > awarded_in_period_eur
                then 500 * least(awarded_eur, awarded_eur - awarded_in_period_eur)
            else greatest(awarded_eur, awarded_eur - awarded_in_period_eur)
        end as bigint
    ) as expected,
    cast(100 * greatest(awarded_eur, awarded_eur - awarded_in_period_eur) as bigint) as actual,
    ministry_code || '/' || award_id || '/' || period as subject
from fund.fct_execution

-- One row an award and step: the larger of what it grants and of what it granted before, against 500 times the smaller.
-- A thousand or a million times as much is a unit taken for another.
with amounts as (

    select
        *,
        coalesce(awarded_eur, 0) as now_eur,
        coalesce(awarded_before_eur, 0) as before_eur
    from award_changes

)

select
    award_id,
    ministry_code,
    period,
    receipt_id,
    file_name,
    before_file_name,
    cast(100 * now_eur as bigint) as awarded_cents,
    cast(100 * before_eur as bigint) as before_cents,
    cast(
        100 * case
            when least(now_eur, before_eur) > 0 then 500 * least(now_eur, before_eur)
            else greatest(now_eur, before_eur)
        end as bigint
    ) as expected,
    cast(100 * greatest(now_eur, before_eur) as bigint) as actual,
    ministry_code || '/' || award_id || '/' || period as subject
from amounts

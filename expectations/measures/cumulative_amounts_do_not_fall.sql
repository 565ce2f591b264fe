-- One row an award and step: by how much what is committed or paid for it fell, where its sheet does not carry that. An
-- observation of two words at least explains a fall, of a tenth of the amount at most.
with falls as (

    select
        ministry_code,
        award_id,
        period,
        before_period,
        before_file_name,
        receipt_id,
        file_name,
        committed_eur,
        paid_eur,
        committed_before_eur,
        paid_before_eur,
        greatest(committed_before_eur - committed_eur, paid_before_eur - paid_eur, 0) as fall_eur,
        regexp_matches(coalesce(comment, ''), '\p{L}{2,}\P{L}+\p{L}{2,}')
        and 10 * (committed_before_eur - committed_eur) <= committed_before_eur
        and 10 * (paid_before_eur - paid_eur) <= paid_before_eur as is_carried,
        coalesce(comment, '') as observation
    from execution_changes

)

select
    award_id,
    ministry_code,
    period,
    before_file_name,
    receipt_id,
    file_name,
    cast(committed_eur * 100 as bigint) as committed_cents,
    cast(paid_eur * 100 as bigint) as paid_cents,
    cast(committed_before_eur * 100 as bigint) as committed_before_cents,
    cast(paid_before_eur * 100 as bigint) as paid_before_cents,
    cast(0 as bigint) as expected,
    cast(case when is_carried then 0 else fall_eur * 100 end as bigint) as actual,
    case
        when observation = '' then 'sans observation du ministère'
        else 'que l''observation « ' || observation || ' » n''explique pas à elle seule'
    end as observation_label,
    ministry_code || '/' || award_id || '/' || period as subject
from falls

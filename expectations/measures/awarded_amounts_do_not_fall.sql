-- One row an award and step: by how much what it grants fell. An award that is listed no more has fallen to nothing.
select
    award_id,
    ministry_code,
    period,
    receipt_id,
    file_name,
    cast(coalesce(awarded_eur, 0) * 100 as bigint) as awarded_cents,
    cast(coalesce(awarded_before_eur, 0) * 100 as bigint) as before_cents,
    cast(0 as bigint) as expected,
    cast(greatest(coalesce(awarded_before_eur, 0) - coalesce(awarded_eur, 0), 0) * 100 as bigint) as actual,
    coalesce(before_file_name, 'aucun') as before_file_name,
    case when awarded_eur is null then 'elle disparaît, baisse' else 'baisse' end as change_label,
    ministry_code || '/' || award_id || '/' || period as subject
from award_changes

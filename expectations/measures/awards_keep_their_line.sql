-- One row an award and step: what moved with it to another line.
select
    award_id,
    ministry_code,
    period,
    receipt_id,
    file_name,
    cast(0 as bigint) as expected,
    cast(
        case
            when line_code <> line_code_before then greatest(awarded_eur, awarded_before_eur) * 100 else 0
        end as bigint
    ) as actual,
    coalesce(before_file_name, 'aucun') as before_file_name,
    coalesce(line_code, 'aucune') as line_code,
    coalesce(line_code_before, 'aucune') as line_code_before,
    ministry_code || '/' || award_id || '/' || period as subject
from award_changes

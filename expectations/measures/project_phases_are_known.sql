-- One row a followed project: whether its phase is none of the panorama's, whatever the case, accents and blanks.
with known as (

    select
        list(lower(strip_accents(replace(phase, ' ', '')))) as phase_keys,
        string_agg(phase, ', ' order by phase_rank) as known_phases
    from reference.phases

)

select
    project.project_name,
    project.ministry_code,
    project.period,
    project.receipt_id,
    project.file_name,
    project.row_number,
    project.sheet,
    project.phase,
    known.known_phases,
    project.subject,
    cast(0 as bigint) as expected,
    cast(
        case
            when list_contains(known.phase_keys, lower(strip_accents(regexp_replace(project.phase, '\s', '', 'g'))))
                then 0
            else 1
        end as bigint
    ) as actual
from latest_follow_ups as project
cross join known

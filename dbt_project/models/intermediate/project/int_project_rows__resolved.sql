with editions as (

    select * from {{ ref('int_editions__counted') }}

),

projects as (

    select
        editions.edition_month,
        projects.*,
        {{ name_key('projects.phase_as_sent') }} as phase_key
    from {{ ref('stg_panorama__projects') }} as projects
    inner join editions on projects.receipt_id = editions.receipt_id

),

phases as (

    select
        phase,
        {{ name_key('phase') }} as phase_key
    from {{ ref('phases') }}

),

ministries as (

    select * from {{ ref('int_ministry_names__keyed') }}

),

names as (

    select * from {{ ref('int_ministry_names__by_month') }}

),

resolved as (

    select
        projects.*,
        ministries.ministry_code,
        coalesce(names.ministry_name, projects.ministry_name_as_sent) as ministry_name,
        ministries.ministry_code is not null as is_ministry_resolved,
        -- Where figures are withheld a sentence saying so stands in the place of the phase.
        case when not projects.is_withheld then coalesce(phases.phase, projects.phase_as_sent) end as phase,
        case
            when not projects.is_withheld and projects.phase_as_sent is not null then phases.phase is not null
        end as is_phase_known,
        -- A cost that its publisher withholds is not a cost, whatever stands in the cell.
        case when not projects.is_withheld then projects.planned_cost_eur end as published_cost_eur,
        -- A duration of 0 is none: the mean of June 2016 was restated without the two projects that have it.
        nullif(projects.planned_duration_years, 0) as stated_duration_years
    from projects
    left join phases on projects.phase_key = phases.phase_key
    left join ministries on projects.ministry_name_key = ministries.ministry_name_key
    left join names
        on
            ministries.ministry_code = names.ministry_code
            and (projects.edition_month >= names.from_month or names.is_first_name)
            and (projects.edition_month < names.until_month or names.until_month is null)

)

select
    edition_month,
    project_name,
    coalesce(nullif({{ project_name_key('project_name') }}, ''), {{ name_key('project_name') }}) as project_name_key,
    ministry_code,
    ministry_name,
    ministry_name_as_sent,
    is_ministry_resolved,
    is_interministerial,
    phase,
    is_phase_known,
    is_withheld,
    starts_on,
    stated_duration_years as planned_duration_years,
    published_cost_eur as planned_cost_eur,
    cost_bracket,
    functional_area,
    programmes,
    receipt_id,
    sheet,
    row_number,
    lineage_key
from resolved

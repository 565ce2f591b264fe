-- What keeps an edition from being taken as it is: rows and costs that were not read, names that are not known, no
-- headline to compare it with. The audit holds a publication for what is new here.
with editions as (

    select
        editions.edition_month,
        editions.receipt_id,
        receipts.file_name,
        file_tables.rows_in,
        file_tables.rows_rejected
    from {{ ref('int_editions__counted') }} as editions
    inner join {{ ref('stg_landing__receipts') }} as receipts on editions.receipt_id = receipts.receipt_id
    inner join {{ ref('stg_landing__file_tables') }} as file_tables
        on
            editions.receipt_id = file_tables.receipt_id
            and file_tables.table_name = 'panorama_projects'

),

rejected_costs as (

    select
        receipt_id,
        {{ sum_eur('rejected_eur') }} as rejected_cost_eur
    from {{ ref('stg_landing__file_amounts') }}
    where
        table_name = 'panorama_projects'
        and column_name = 'planned_cost_eur'
    group by receipt_id

),

-- The header of the column, whatever it is called, has the word; that of the brackets another one beside it.
unread_costs as (

    select
        receipt_id,
        count(*) as unread_cost_count,
        min(value) as unread_cost_example
    from {{ ref('stg_landing__rejects') }}
    where
        table_name = 'panorama_projects'
        and {{ name_key('column_name') }} like '%cout%'
        and {{ name_key('column_name') }} not like '%tranche%'
    group by receipt_id

),

project_rows as (

    select
        edition_month,
        count(*) as project_count,
        count(coalesce(cast(planned_cost_eur as varchar), cost_bracket)) as stated_cost_count,
        {{ count_where('not is_phase_known') }} as unknown_phase_count,
        min(case when not is_phase_known then phase end) as unknown_phase_example,
        {{ count_where('not is_ministry_resolved') }} as unresolved_ministry_count,
        min(case when not is_ministry_resolved then ministry_name_as_sent end) as unresolved_ministry_example
    from {{ ref('fct_project_edition') }}
    group by edition_month

),

headlines as (

    select edition_month
    from {{ ref('int_headlines__known') }}
    where coalesce(project_count, total_cost_eur, mean_duration_years) is not null

),

found as (

    select
        editions.edition_month,
        editions.receipt_id,
        editions.file_name,
        editions.rows_in,
        editions.rows_rejected as rejected_row_count,
        unread_costs.unread_cost_example,
        project_rows.unknown_phase_example,
        project_rows.unresolved_ministry_example,
        coalesce(rejected_costs.rejected_cost_eur, 0) as rejected_cost_eur,
        coalesce(unread_costs.unread_cost_count, 0)
        -- A table of projects without a single cost is one whose costs were not found.
        + case when project_rows.stated_cost_count = 0 then project_rows.project_count else 0 end
            as unread_cost_count,
        coalesce(project_rows.unknown_phase_count, 0) as unknown_phase_count,
        coalesce(project_rows.unresolved_ministry_count, 0) as unresolved_ministry_count,
        headlines.edition_month is not null as has_headline
    from editions
    left join rejected_costs on editions.receipt_id = rejected_costs.receipt_id
    left join unread_costs on editions.receipt_id = unread_costs.receipt_id
    left join project_rows on editions.edition_month = project_rows.edition_month
    left join headlines on editions.edition_month = headlines.edition_month

)

select
    edition_month,
    receipt_id,
    file_name,
    rows_in,
    rejected_row_count,
    cast(rejected_cost_eur as decimal(18, 2)) as rejected_cost_eur,
    cast(coalesce(unread_cost_count, 0) as bigint) as unread_cost_count,
    unread_cost_example,
    unknown_phase_count,
    unknown_phase_example,
    unresolved_ministry_count,
    unresolved_ministry_example,
    has_headline,
    cast(
        rejected_row_count + coalesce(unread_cost_count, 0) + unknown_phase_count + unresolved_ministry_count
        + case when has_headline then 0 else 1 end as bigint
    ) as finding_count
from found
order by edition_month nulls last

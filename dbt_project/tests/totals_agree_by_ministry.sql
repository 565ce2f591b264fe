-- Both actions by ministry add up to what their own reporting tables say.
with consolidated as (

    select
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur,
        cast(sum(project_count) as bigint) as project_count,
        {{ sum_eur('project_cost_eur') }} as project_cost_eur
    from {{ ref('consolidated_overview') }}

),

fund as (

    select
        awarded_eur,
        committed_eur,
        paid_eur
    from {{ ref('fund_overview') }}
    where scope = 'whole'

),

panorama as (

    select
        overview.project_count,
        coalesce(overview.total_cost_eur, 0) as project_cost_eur
    from {{ ref('panorama_overview') }} as overview
    inner join {{ ref('dim_edition') }} as editions on overview.edition_month = editions.edition_month
    where editions.is_latest_file

)

select consolidated.*
from consolidated
cross join fund
left join panorama on 1 = 1
where
    coalesce(consolidated.awarded_eur, 0) <> fund.awarded_eur
    or coalesce(consolidated.committed_eur, 0) <> fund.committed_eur
    or coalesce(consolidated.paid_eur, 0) <> fund.paid_eur
    or coalesce(consolidated.project_count, 0) <> coalesce(panorama.project_count, 0)
    or coalesce(consolidated.project_cost_eur, 0) <> coalesce(panorama.project_cost_eur, 0)

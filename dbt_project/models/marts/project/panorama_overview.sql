with editions as (

    select * from {{ ref('int_editions__counted') }}

),

measured as (

    select
        edition_month,
        count(*) as project_count,
        {{ count_where('planned_cost_eur is not null') }} as costed_project_count,
        {{ count_where('is_interministerial') }} as interministerial_project_count,
        {{ sum_eur('planned_cost_eur') }} as total_cost_eur,
        cast(avg(planned_duration_years) as decimal(9, 4)) as mean_duration_years
    from {{ ref('fct_project_edition') }}
    group by edition_month

),

-- Counts of an edition that has a file: zero where the file has no such row. One without a file has none.
counted as (

    select
        editions.edition_month,
        editions.receipt_id,
        measured.total_cost_eur,
        measured.mean_duration_years,
        coalesce(measured.project_count, 0) as project_count,
        coalesce(measured.costed_project_count, 0) as costed_project_count,
        coalesce(measured.interministerial_project_count, 0) as interministerial_project_count
    from editions
    left join measured on editions.edition_month = measured.edition_month

),

headlines as (

    select * from {{ ref('int_headlines__known') }}

),

changes as (

    select * from {{ ref('int_headlines__changed') }}

),

compared as (

    select * from {{ ref('int_headlines__compared') }}

),

-- What of an edition's file is in no figure of its row.
missing as (

    select
        findings.edition_month,
        findings.rejected_row_count as rejected_project_count,
        findings.rejected_cost_eur,
        findings.rejected_row_count = 0
        and findings.unread_cost_count = 0
        and not receipts.is_stale as is_complete
    from {{ ref('edition_findings') }} as findings
    inner join {{ ref('stg_landing__receipts') }} as receipts on findings.receipt_id = receipts.receipt_id

),

-- An edition is known by its file, by its headline, or by both.
known as (

    select
        edition_month,
        false as is_method_break
    from editions
    where edition_month not in (select headlines.edition_month from headlines)

    union all

    select
        edition_month,
        is_method_break
    from headlines

)

select
    known.edition_month,
    headlines.edition_number,
    counted.project_count,
    counted.costed_project_count,
    counted.interministerial_project_count,
    counted.total_cost_eur,
    counted.mean_duration_years,
    headlines.project_count as published_project_count,
    headlines.interministerial_project_count as published_interministerial_project_count,
    headlines.total_cost_eur as published_total_cost_eur,
    headlines.mean_duration_years as published_mean_duration_years,
    headlines.mean_budget_slippage_ratio as published_mean_budget_slippage_ratio,
    headlines.mean_calendar_slippage_ratio as published_mean_calendar_slippage_ratio,
    changes.budget_slippage_change_points,
    changes.budget_slippage_compared_to_month,
    changes.calendar_slippage_change_points,
    changes.calendar_slippage_compared_to_month,
    headlines.budget_slippage_change_points as published_budget_slippage_change_points,
    headlines.calendar_slippage_change_points as published_calendar_slippage_change_points,
    known.is_method_break,
    headlines.old_method_mean_budget_slippage_ratio as published_old_method_mean_budget_slippage_ratio,
    headlines.old_method_mean_calendar_slippage_ratio as published_old_method_mean_calendar_slippage_ratio,
    counted.receipt_id,
    headlines.source,
    headlines.basis as headline_basis,
    headlines.released_on as headline_released_on,
    headlines.release_count as headline_release_count,
    headlines.note_fr as headline_note_fr,
    compared.released_on as compared_released_on,
    compared.comparable_cost_eur as compared_total_cost_eur,
    cast(headlines.total_cost_eur - compared.comparable_cost_eur as decimal(18, 2)) as published_beyond_table_eur,
    missing.rejected_project_count,
    missing.rejected_cost_eur,
    missing.is_complete
from known
left join counted on known.edition_month = counted.edition_month
left join headlines on known.edition_month = headlines.edition_month
left join changes on known.edition_month = changes.edition_month
left join compared on known.edition_month = compared.edition_month
left join missing on known.edition_month = missing.edition_month
order by known.edition_month nulls last

-- The change in points is taken against the edition before that has the figure, and never across a change of method.
with headlines as (

    select * from {{ ref('int_headlines__known') }}

),

budget as (

    select
        edition_month,
        is_method_break,
        mean_budget_slippage_ratio as slippage_ratio,
        lag(mean_budget_slippage_ratio) over (order by edition_month nulls last) as slippage_ratio_before,
        lag(edition_month) over (order by edition_month nulls last) as month_before
    from headlines
    where mean_budget_slippage_ratio is not null

),

calendar as (

    select
        edition_month,
        is_method_break,
        mean_calendar_slippage_ratio as slippage_ratio,
        lag(mean_calendar_slippage_ratio) over (order by edition_month nulls last) as slippage_ratio_before,
        lag(edition_month) over (order by edition_month nulls last) as month_before
    from headlines
    where mean_calendar_slippage_ratio is not null

)

select
    headlines.edition_month,
    case
        when not budget.is_method_break then {{ points('budget.slippage_ratio', 'budget.slippage_ratio_before') }}
    end as budget_slippage_change_points,
    case when not budget.is_method_break then budget.month_before end as budget_slippage_compared_to_month,
    case
        when not calendar.is_method_break then {{ points('calendar.slippage_ratio', 'calendar.slippage_ratio_before') }}
    end as calendar_slippage_change_points,
    case when not calendar.is_method_break then calendar.month_before end as calendar_slippage_compared_to_month
from headlines
left join budget on headlines.edition_month = budget.edition_month
left join calendar on headlines.edition_month = calendar.edition_month

with rates as (

    select * from {{ ref('cofunding_rates') }}

),

lines as (

    select
        line_code as fund_line_key,
        'line' as line_level,
        cast(null as varchar) as parent_fund_line_key,
        theme_code,
        line_code,
        cast(null as varchar) as axis_code,
        object,
        scope,
        scope_basis,
        allocated_eur,
        source
    from {{ ref('fund_lines') }}

),

axes as (

    select
        {{ fund_line_key('axes') }} as fund_line_key,
        'axis' as line_level,
        lines.fund_line_key as parent_fund_line_key,
        lines.theme_code,
        axes.line_code,
        axes.axis_code,
        axes.object,
        lines.scope,
        lines.scope_basis,
        axes.allocated_eur,
        axes.source
    from {{ ref('itn7_axes') }} as axes
    inner join lines on axes.line_code = lines.line_code

),

all_levels as (

    select * from lines
    union all
    select * from axes

)

select
    all_levels.fund_line_key,
    all_levels.line_level,
    all_levels.parent_fund_line_key,
    all_levels.theme_code,
    all_levels.line_code,
    all_levels.axis_code,
    all_levels.object,
    all_levels.scope,
    all_levels.scope_basis,
    all_levels.allocated_eur,
    rates.cofunding_rate,
    all_levels.source,
    rates.source as cofunding_source
from all_levels
left join rates on all_levels.line_code = rates.line_code
order by all_levels.fund_line_key nulls last

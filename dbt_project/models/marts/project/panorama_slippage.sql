-- The three slippages, one below the other, each with its basis. A headline's arithmetic mean is published; its
-- cost-weighted mean is not, and cannot be made.
with measured as (

    select
        basis,
        measure,
        stated_on,
        count(*) as project_count,
        {{ mean('figure') }} as mean_ratio,
        {{ ratio(
            'sum(case when weight_eur is not null then figure * weight_eur end)',
            'sum(weight_eur)'
        ) }} as cost_weighted_mean_ratio
    from {{ ref('int_measures__by_project') }}
    where measure in ('budget_slippage_ratio', 'calendar_slippage_ratio')
    group by basis, measure, stated_on

),

headlines as (

    select * from {{ ref('int_headlines__known') }}

),

slippages as (

    select
        basis,
        case measure when 'budget_slippage_ratio' then 'budget' else 'calendar' end as measure,
        stated_on,
        project_count,
        mean_ratio,
        cost_weighted_mean_ratio,
        cast(null as varchar) as headline_source
    from measured
    {%- for kind in ['budget', 'calendar'] %}

        union all

        select
            'published' as basis,
            '{{ kind }}' as measure,
            edition_month as stated_on,
            cast(null as bigint) as project_count,
            cast(mean_{{ kind }}_slippage_ratio as decimal(18, 6)) as mean_ratio,
            cast(null as decimal(18, 6)) as cost_weighted_mean_ratio,
            source as headline_source
        from headlines
        where mean_{{ kind }}_slippage_ratio is not null
    {%- endfor %}

)

select
    slippages.basis,
    slippages.measure,
    slippages.stated_on,
    slippages.project_count,
    slippages.mean_ratio,
    slippages.cost_weighted_mean_ratio,
    breaks.reason_fr as method_break_fr,
    slippages.headline_source,
    breaks.edition_month is not null as is_method_break
from slippages
left join {{ ref('method_breaks') }} as breaks
    on
        slippages.stated_on = breaks.edition_month
        and slippages.basis = 'published'
        and breaks.figure = 'slippage'
order by slippages.basis nulls last, slippages.measure nulls last, slippages.stated_on nulls last

with split as (

    select * from {{ ref('int_changes__split') }}

),

-- A headline comes without its projects: its change cannot be split, but what a change of method does to it can be
-- told where the figure by the method before was published too.
headlines as (

    select
        headlines.*,
        {%- for kind in ['budget', 'calendar'] %}
            lag(mean_{{ kind }}_slippage_ratio) over (
                partition by mean_{{ kind }}_slippage_ratio is null order by headlines.edition_month nulls last
            ) as {{ kind }}_before,
            lag(headlines.edition_month) over (
                partition by mean_{{ kind }}_slippage_ratio is null order by headlines.edition_month nulls last
            ) as {{ kind }}_month_before
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_headlines__known') }} as headlines

),

published as (
    {%- for kind in ['budget', 'calendar'] %}

        select
            'published' as basis,
            'mean_{{ kind }}_slippage_ratio' as figure,
            edition_month as stated_on,
            {{ kind }}_month_before as compared_to_on,
            {{ kind }}_before as figure_before,
            mean_{{ kind }}_slippage_ratio as figure_now,
            is_method_break,
            case
                when is_method_break then mean_{{ kind }}_slippage_ratio - old_method_mean_{{ kind }}_slippage_ratio
                else 0
            end as method_part
        from headlines
        where
            mean_{{ kind }}_slippage_ratio is not null
            and (
                {{ kind }}_month_before is not null
                or (is_method_break and old_method_mean_{{ kind }}_slippage_ratio is not null)
            )
        {%- if not loop.last %}

            union all
        {%- endif %}
    {%- endfor %}

),

changes as (

    select
        basis,
        figure,
        stated_on,
        compared_to_on,
        count_before,
        count_now,
        count_both,
        count_entering,
        count_newly_published,
        count_leaving,
        count_no_longer_published,
        figure_before,
        figure_now,
        cast(figure_now - figure_before as decimal(28, 6)) as difference,
        drift_part,
        entering_part,
        newly_published_part,
        leaving_part,
        no_longer_published_part,
        cast(0 as decimal(28, 6)) as method_part,
        count_both > 0 or figure = 'total_cost_eur' as is_explained
    from split

    union all

    select
        basis,
        figure,
        stated_on,
        compared_to_on,
        cast(null as bigint) as count_before,
        cast(null as bigint) as count_now,
        cast(null as bigint) as count_both,
        cast(null as bigint) as count_entering,
        cast(null as bigint) as count_newly_published,
        cast(null as bigint) as count_leaving,
        cast(null as bigint) as count_no_longer_published,
        cast(figure_before as decimal(28, 6)) as figure_before,
        cast(figure_now as decimal(28, 6)) as figure_now,
        cast(figure_now - figure_before as decimal(28, 6)) as difference,
        cast(null as decimal(28, 6)) as drift_part,
        cast(null as decimal(28, 6)) as entering_part,
        cast(null as decimal(28, 6)) as newly_published_part,
        cast(null as decimal(28, 6)) as leaving_part,
        cast(null as decimal(28, 6)) as no_longer_published_part,
        cast(method_part as decimal(28, 6)) as method_part,
        false as is_explained
    from published

)

select
    basis,
    figure,
    stated_on,
    compared_to_on,
    figure_before,
    figure_now,
    difference,
    method_part,
    is_explained,
    count_before,
    count_now,
    count_both,
    count_entering,
    count_newly_published,
    count_leaving,
    count_no_longer_published,
    case when is_explained then drift_part end as drift_part,
    case when is_explained then entering_part end as entering_part,
    case when is_explained then newly_published_part end as newly_published_part,
    case when is_explained then leaving_part end as leaving_part,
    case when is_explained then no_longer_published_part end as no_longer_published_part,
    case
        when not is_explained and difference is not null
            then cast(difference - coalesce(method_part, 0) as decimal(28, 6))
        when is_explained then cast(0 as decimal(28, 6))
    end as unexplained_part
from changes
order by basis nulls last, figure nulls last, stated_on nulls last

-- Each figure of a headline beside the one that the release before it gave; a figure that stayed is no restatement.
with releases as (

    select * from {{ ref('int_headline_releases__known') }}

),

figures as (
    {%- for figure in ['project_count', 'interministerial_project_count', 'total_cost_eur', 'mean_duration_years',
                       'mean_budget_slippage_ratio', 'mean_calendar_slippage_ratio', 'table_project_count',
                       'table_costed_project_count', 'table_cost_eur'] %}

        select
            edition_month,
            release_number,
            released_on,
            '{{ figure }}' as figure,
            cast({{ figure }} as decimal(28, 6)) as figure_value,
            {% if figure == 'total_cost_eur' %}total_cost_label_fr{% else %}cast(null as varchar){% endif %} as label_fr,
            note_fr,
            source
        from releases
        where {{ figure }} is not null
        {%- if not loop.last %}

            union all
        {%- endif %}
    {%- endfor %}

),

compared as (

    select
        *,
        lag(released_on) over (partition by edition_month, figure order by release_number nulls last)
            as old_released_on,
        lag(figure_value) over (partition by edition_month, figure order by release_number nulls last) as old_value,
        lag(label_fr) over (partition by edition_month, figure order by release_number nulls last) as old_label_fr,
        lag(source) over (partition by edition_month, figure order by release_number nulls last) as old_source
    from figures

)

select
    edition_month,
    figure,
    release_number,
    old_released_on,
    released_on as new_released_on,
    old_value,
    figure_value as new_value,
    cast(figure_value - old_value as decimal(28, 6)) as difference,
    old_label_fr,
    label_fr as new_label_fr,
    note_fr as reason_fr,
    old_source,
    source as new_source
from compared
where figure_value <> old_value
order by edition_month nulls last, release_number nulls last, figure nulls last

-- Every figure of a project that a mean or a total is made of, by basis and by the day that it speaks of. A weight is
-- the cost that the slippage is measured against.
with observed as (

    select * from {{ ref('int_project_trajectories__observed') }}

),

declared as (

    select
        follow_ups.*,
        {{ declaration_key('follow_ups') }} as member_key
    from {{ ref('int_follow_ups__identified') }} as follow_ups

),

measures as (
    {%- for measure, value, weight in [
        ('cost_eur', 'planned_cost_eur', 'null'),
        ('duration_years', 'planned_duration_years', 'null'),
        ('budget_slippage_ratio', 'budget_slippage_ratio', 'first_cost_eur'),
        ('calendar_slippage_ratio', 'calendar_slippage_ratio', 'first_cost_eur'),
    ] %}

        select
            'observed' as basis,
            '{{ measure }}' as measure,
            edition_month as stated_on,
            project_key as member_key,
            cast({{ value }} as decimal(28, 8)) as figure,
            cast({{ weight }} as decimal(18, 2)) as weight_eur
        from observed
        where {{ value }} is not null

        union all
    {%- endfor %}
    {%- for measure, value, weight in [
        ('budget_slippage_ratio', 'declared_budget_slippage_ratio', 'initial_cost_eur'),
        ('calendar_slippage_ratio', 'declared_calendar_slippage_ratio', 'initial_cost_eur'),
    ] %}

        select
            'declared' as basis,
            '{{ measure }}' as measure,
            stated_on,
            member_key,
            cast({{ value }} as decimal(28, 8)) as figure,
            cast({{ weight }} as decimal(18, 2)) as weight_eur
        from declared
        where {{ value }} is not null
        {%- if not loop.last %}

            union all
        {%- endif %}
    {%- endfor %}

)

select * from measures

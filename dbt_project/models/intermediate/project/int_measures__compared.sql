-- Each project's figure beside the one of the statement before, and what it is in the change between the two: drift
-- where it has both figures; entering or leaving where it was not, or is no longer, listed; newly or no longer
-- published where it is listed in both but has the figure in one only.
with measures as (

    select * from {{ ref('int_measures__by_project') }}

),

present as (

    select * from {{ ref('int_measures__present') }}

),

statements as (

    select distinct
        basis,
        measure,
        stated_on
    from measures

),

pairs as (

    select
        basis,
        measure,
        stated_on,
        lag(stated_on) over (partition by basis, measure order by stated_on nulls last) as compared_to_on
    from statements

),

figures_now as (

    select
        pairs.basis,
        pairs.measure,
        pairs.stated_on,
        pairs.compared_to_on,
        measures.member_key,
        measures.figure
    from pairs
    inner join measures
        on
            pairs.basis = measures.basis
            and pairs.measure = measures.measure
            and pairs.stated_on = measures.stated_on
    where pairs.compared_to_on is not null

),

figures_before as (

    select
        pairs.basis,
        pairs.measure,
        pairs.stated_on,
        pairs.compared_to_on,
        measures.member_key,
        measures.figure
    from pairs
    inner join measures
        on
            pairs.basis = measures.basis
            and pairs.measure = measures.measure
            and pairs.compared_to_on = measures.stated_on

),

compared as (

    select
        figures_before.figure as figure_before,
        figures_now.figure as figure_now,
        coalesce(figures_now.basis, figures_before.basis) as basis,
        coalesce(figures_now.measure, figures_before.measure) as measure,
        coalesce(figures_now.stated_on, figures_before.stated_on) as stated_on,
        coalesce(figures_now.compared_to_on, figures_before.compared_to_on) as compared_to_on,
        coalesce(figures_now.member_key, figures_before.member_key) as member_key
    from figures_now
    full outer join figures_before
        on
            figures_now.basis = figures_before.basis
            and figures_now.measure = figures_before.measure
            and figures_now.stated_on = figures_before.stated_on
            and figures_now.member_key = figures_before.member_key

)

select
    compared.basis,
    compared.measure,
    compared.stated_on,
    compared.compared_to_on,
    compared.member_key,
    compared.figure_before,
    compared.figure_now,
    case
        when compared.figure_before is not null and compared.figure_now is not null then 'drift'
        when compared.figure_before is null and listed_before.member_key is null then 'entering'
        when compared.figure_before is null then 'newly_published'
        when listed_now.member_key is null then 'leaving'
        else 'no_longer_published'
    end as part
from compared
left join present as listed_before
    on
        compared.basis = listed_before.basis
        and compared.compared_to_on = listed_before.stated_on
        and compared.member_key = listed_before.member_key
left join present as listed_now
    on
        compared.basis = listed_now.basis
        and compared.stated_on = listed_now.stated_on
        and compared.member_key = listed_now.member_key

-- The release that an edition's rows are compared with is the one whose table they are, which its number of costs and
-- their sum tell; of several with one table, and where no release had this one, the last.
with releases as (

    select * from {{ ref('int_headline_releases__known') }}

),

measured as (

    select
        edition_month,
        count(planned_cost_eur) as costed_project_count,
        {{ sum_eur_or_zero('planned_cost_eur') }} as total_cost_eur
    from {{ ref('int_project_rows__resolved') }}
    group by edition_month

),

candidates as (

    select
        releases.*,
        coalesce(
            releases.table_costed_project_count = measured.costed_project_count
            and abs(releases.table_cost_eur - measured.total_cost_eur) * 2 <= releases.table_cost_rounding_eur,
            false
        ) as is_of_this_table
    from releases
    inner join measured on releases.edition_month = measured.edition_month

),

ranked as (

    select
        *,
        row_number() over (
            partition by edition_month
            order by case when is_of_this_table then 0 else 1 end asc, release_number desc nulls last
        ) as choice
    from candidates

)

select
    edition_month,
    release_number,
    released_on,
    is_of_this_table,
    coalesce(comparable_cost_eur, total_cost_eur) as comparable_cost_eur
from ranked
where choice = 1

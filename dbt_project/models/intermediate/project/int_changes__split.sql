-- The change of each mean and of the total cost, split into its parts. A mean's parts telescope over the mean of the
-- projects in both statements: what enters moves the mean from there, what leaves had held it away from there, and
-- what is left is the drift of those projects. All are rounded before they are subtracted, so that they sum exactly.
with sums as (

    select
        basis,
        measure,
        stated_on,
        compared_to_on,
        count(figure_before) as count_before,
        count(figure_now) as count_now,
        {{ count_where("part = 'drift'") }} as count_both,
        {{ count_where("part = 'entering'") }} as count_entering,
        {{ count_where("part = 'newly_published'") }} as count_newly_published,
        {{ count_where("part = 'leaving'") }} as count_leaving,
        {{ count_where("part = 'no_longer_published'") }} as count_no_longer_published,
        cast(sum(figure_before) as decimal(28, 8)) as sum_before,
        cast(sum(figure_now) as decimal(28, 8)) as sum_now,
        cast(sum(case when part = 'drift' then figure_before end) as decimal(28, 8)) as sum_both_before,
        cast(sum(case when part = 'drift' then figure_now end) as decimal(28, 8)) as sum_both_now,
        cast(coalesce(sum(case when part = 'entering' then figure_now end), 0) as decimal(28, 8)) as sum_entering,
        cast(coalesce(sum(case when part = 'newly_published' then figure_now end), 0) as decimal(28, 8))
            as sum_newly_published,
        cast(coalesce(sum(case when part = 'leaving' then figure_before end), 0) as decimal(28, 8)) as sum_leaving,
        cast(coalesce(sum(case when part = 'no_longer_published' then figure_before end), 0) as decimal(28, 8))
            as sum_no_longer_published
    from {{ ref('int_measures__compared') }}
    group by basis, measure, stated_on, compared_to_on

),

means as (

    select
        *,
        {{ ratio('sum_before', 'count_before') }} as mean_before,
        {{ ratio('sum_now', 'count_now') }} as mean_now,
        {{ ratio('sum_both_before', 'count_both') }} as mean_both_before,
        {{ ratio('sum_both_now', 'count_both') }} as mean_both_now
    from sums

),

shares as (

    select
        *,
        case
            when count_newly_published = 0 then mean_now - mean_both_now
            when count_entering = 0 then cast(0 as decimal(18, 6))
            else {{ ratio('sum_entering - count_entering * mean_both_now', 'count_now') }}
        end as entering_share,
        case
            when count_no_longer_published = 0 then mean_both_before - mean_before
            when count_leaving = 0 then cast(0 as decimal(18, 6))
            else {{ ratio('count_leaving * mean_both_before - sum_leaving', 'count_before') }}
        end as leaving_share
    from means

),

split_means as (

    select
        basis,
        'mean_' || measure as figure,
        stated_on,
        compared_to_on,
        count_before,
        count_now,
        count_both,
        count_entering,
        count_newly_published,
        count_leaving,
        count_no_longer_published,
        cast(mean_before as decimal(28, 6)) as figure_before,
        cast(mean_now as decimal(28, 6)) as figure_now,
        cast(mean_both_now - mean_both_before as decimal(28, 6)) as drift_part,
        cast(entering_share as decimal(28, 6)) as entering_part,
        cast(mean_now - mean_both_now - entering_share as decimal(28, 6)) as newly_published_part,
        cast(leaving_share as decimal(28, 6)) as leaving_part,
        cast(mean_both_before - mean_before - leaving_share as decimal(28, 6)) as no_longer_published_part
    from shares

),

split_totals as (

    select
        basis,
        'total_' || measure as figure,
        stated_on,
        compared_to_on,
        count_before,
        count_now,
        count_both,
        count_entering,
        count_newly_published,
        count_leaving,
        count_no_longer_published,
        cast(coalesce(sum_before, 0) as decimal(28, 6)) as figure_before,
        cast(coalesce(sum_now, 0) as decimal(28, 6)) as figure_now,
        cast(coalesce(sum_both_now - sum_both_before, 0) as decimal(28, 6)) as drift_part,
        cast(sum_entering as decimal(28, 6)) as entering_part,
        cast(sum_newly_published as decimal(28, 6)) as newly_published_part,
        cast(-sum_leaving as decimal(28, 6)) as leaving_part,
        cast(-sum_no_longer_published as decimal(28, 6)) as no_longer_published_part
    from sums
    where measure = 'cost_eur'

)

select * from split_means
union all
select * from split_totals

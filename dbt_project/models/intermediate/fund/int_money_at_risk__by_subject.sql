{{ config(materialized='table') }}
-- What each line, each scope and the whole (`subject`) lack today. An amount whose line cannot be read is in the whole
-- alone, but it may be any line's: while there is one, no line is known to be complete. Rounding is known of a file's
-- column, hence of the whole alone. A table: a view would name the database that it was made in, and the audit opens
-- the file under another name.
with risks as (

    select * from {{ ref('money_at_risk') }}

),

subjects as (

    select
        line_code as subject,
        line_code as line_key,
        false as is_whole
    from {{ ref('fund_lines') }}

    union all

    select
        scope as subject,
        line_code as line_key,
        false as is_whole
    from {{ ref('fund_lines') }}

    union all

    select
        'whole' as subject,
        line_code as line_key,
        true as is_whole
    from {{ ref('fund_lines') }}

    union all

    select
        'whole' as subject,
        'NONE' as line_key,
        true as is_whole

),

figures as (

    select 'awarded' as figure
    union all
    select 'committed' as figure
    union all
    select 'paid' as figure

),

of_no_line as (

    select
        figure,
        {{ count_where('rejected_row_count <> 0 or without_award_eur <> 0 or pending_eur <> 0') }} as amount_count,
        {{ count_where('rounding_eur <> 0') }} as rounded_count
    from risks
    where line_key = 'NONE'
    group by figure

),

sums as (

    select
        subjects.subject,
        subjects.is_whole,
        figures.figure,
        {{ sum_eur_or_zero('risks.accepted_eur') }} as accepted_eur,
        {{ sum_eur_or_zero('risks.rejected_eur') }} as rejected_eur,
        cast(coalesce(sum(risks.rejected_row_count), 0) as bigint) as rejected_row_count,
        {{ sum_eur_or_zero('risks.without_award_eur') }} as without_award_eur,
        {{ sum_eur_or_zero('risks.pending_eur') }} as pending_eur,
        {{ sum_eur_or_zero('risks.stale_eur') }} as stale_eur,
        {{ sum_eur_or_zero('risks.carried_forward_eur') }} as carried_forward_eur,
        cast(coalesce(sum(risks.rounding_eur), 0) as decimal(38, 18)) as rounding_eur,
        {{ count_where('not risks.is_complete') }} as incomplete_count
    from subjects
    cross join figures
    left join risks
        on
            subjects.line_key = risks.line_key
            and figures.figure = risks.figure
    group by subjects.subject, subjects.is_whole, figures.figure

)

select
    sums.subject,
    sums.figure,
    sums.accepted_eur,
    sums.rejected_eur,
    sums.rejected_row_count,
    sums.without_award_eur,
    sums.pending_eur,
    sums.stale_eur,
    sums.carried_forward_eur,
    case when sums.is_whole or coalesce(of_no_line.rounded_count, 0) = 0 then sums.rounding_eur end as rounding_eur,
    sums.incomplete_count = 0 and (sums.is_whole or coalesce(of_no_line.amount_count, 0) = 0) as is_complete
from sums
left join of_no_line on sums.figure = of_no_line.figure

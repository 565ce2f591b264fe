{{ config(materialized='table') }}
-- Each total, ministry by ministry and line by line, beside what is not in it: at the end of each period, and today
-- (`latest`). Rounding and rejected rows without an amount that can be read are of no line.
with figures as (

    select
        'awarded' as figure,
        'awards' as table_name

    union all

    select
        'committed' as figure,
        'execution' as table_name

    union all

    select
        'paid' as figure,
        'execution' as table_name

),

standing as (

    select
        files.as_of_period,
        files.ministry_code,
        figures.figure,
        figures.table_name,
        files.receipt_id,
        files.said_receipt_id,
        files.is_stale,
        files.is_carried_forward
    from {{ ref('int_submission_files__standing') }} as files
    inner join figures on files.table_name = figures.table_name

),

pairs as (

    select
        as_of_period,
        ministry_code,
        coalesce(max(case when table_name = 'awards' then receipt_id end), '') as awards_receipt_id,
        coalesce(max(case when table_name = 'execution' then receipt_id end), '') as execution_receipt_id,
        coalesce(max(case when table_name = 'awards' then said_receipt_id end), '') as said_awards_receipt_id,
        coalesce(max(case when table_name = 'execution' then said_receipt_id end), '') as said_execution_receipt_id
    from {{ ref('int_submission_files__standing') }}
    group by as_of_period, ministry_code

),

amounts as (

    select
        ministry_code,
        figure,
        line_key,
        accepted_eur,
        rejected_eur,
        rejected_row_count,
        without_award_eur,
        coalesce(awards_receipt_id, '') as awards_receipt_id,
        coalesce(execution_receipt_id, '') as execution_receipt_id
    from {{ ref('int_submission_amounts__by_line') }}

),

by_line as (

    select
        pairs.as_of_period,
        pairs.ministry_code,
        amounts.figure,
        amounts.line_key,
        amounts.accepted_eur,
        amounts.rejected_eur,
        amounts.rejected_row_count,
        amounts.without_award_eur,
        -(amounts.accepted_eur + amounts.rejected_eur + amounts.without_award_eur) as pending_eur
    from pairs
    inner join amounts
        on
            pairs.ministry_code = amounts.ministry_code
            and pairs.awards_receipt_id = amounts.awards_receipt_id
            and pairs.execution_receipt_id = amounts.execution_receipt_id

    union all

    select
        pairs.as_of_period,
        pairs.ministry_code,
        amounts.figure,
        amounts.line_key,
        0 as accepted_eur,
        0 as rejected_eur,
        0 as rejected_row_count,
        0 as without_award_eur,
        amounts.accepted_eur + amounts.rejected_eur + amounts.without_award_eur as pending_eur
    from pairs
    inner join amounts
        on
            pairs.ministry_code = amounts.ministry_code
            and pairs.said_awards_receipt_id = amounts.awards_receipt_id
            and pairs.said_execution_receipt_id = amounts.execution_receipt_id

    union all

    select
        as_of_period,
        ministry_code,
        figure,
        'NONE' as line_key,
        0 as accepted_eur,
        0 as rejected_eur,
        0 as rejected_row_count,
        0 as without_award_eur,
        0 as pending_eur
    from standing

),

sums as (

    select
        as_of_period,
        ministry_code,
        figure,
        line_key,
        {{ sum_eur('accepted_eur') }} as accepted_eur,
        {{ sum_eur('rejected_eur') }} as rejected_eur,
        cast(sum(rejected_row_count) as bigint) as rejected_row_count,
        {{ sum_eur('without_award_eur') }} as without_award_eur,
        {{ sum_eur('pending_eur') }} as pending_eur
    from by_line
    group by as_of_period, ministry_code, figure, line_key

),

rejected_with_an_amount as (

    select
        as_of_period,
        ministry_code,
        figure,
        sum(rejected_row_count) as rejected_row_count
    from sums
    group by as_of_period, ministry_code, figure

),

risks as (

    select
        sums.as_of_period,
        sums.ministry_code,
        sums.figure,
        sums.line_key,
        sums.accepted_eur,
        sums.rejected_eur,
        cast(
            sums.rejected_row_count
            + case
                when sums.line_key = 'NONE'
                    then coalesce(file_tables.rows_rejected, 0) - rejected_with_an_amount.rejected_row_count
                else 0
            end as bigint
        ) as rejected_row_count,
        sums.without_award_eur,
        sums.pending_eur,
        cast(
            case when sums.line_key = 'NONE' then coalesce(file_amounts.rounding_eur, 0) else 0 end as decimal(38, 18)
        ) as rounding_eur,
        standing.is_stale,
        standing.is_carried_forward
    from sums
    inner join standing
        on
            sums.as_of_period = standing.as_of_period
            and sums.ministry_code = standing.ministry_code
            and sums.figure = standing.figure
    inner join rejected_with_an_amount
        on
            sums.as_of_period = rejected_with_an_amount.as_of_period
            and sums.ministry_code = rejected_with_an_amount.ministry_code
            and sums.figure = rejected_with_an_amount.figure
    left join {{ ref('stg_landing__file_tables') }} as file_tables
        on
            standing.receipt_id = file_tables.receipt_id
            and standing.table_name = file_tables.table_name
    left join {{ ref('stg_landing__file_amounts') }} as file_amounts
        on
            standing.said_receipt_id = file_amounts.receipt_id
            and standing.table_name = file_amounts.table_name
            and file_amounts.column_name = standing.figure || '_eur'

)

select
    as_of_period,
    ministry_code,
    figure,
    line_key,
    accepted_eur,
    rejected_eur,
    rejected_row_count,
    without_award_eur,
    pending_eur,
    cast(case when is_stale then accepted_eur else 0 end as decimal(18, 2)) as stale_eur,
    cast(case when is_carried_forward then accepted_eur else 0 end as decimal(18, 2)) as carried_forward_eur,
    rounding_eur,
    is_stale,
    is_carried_forward,
    rejected_row_count = 0
    and without_award_eur = 0
    and not is_stale
    and not is_carried_forward as is_complete
from risks

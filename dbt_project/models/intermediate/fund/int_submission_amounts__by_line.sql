-- The amounts of a list of awards and of the sheet of execution read beside it, for every such pair that stands or
-- would stand: those of accepted rows, of accepted rows of execution whose award is not in the list (in no total), of
-- rejected rows. A row of execution is of the line of its award, be it rejected; an amount whose line cannot be read is
-- of the line NONE.
with standing as (

    select
        as_of_period,
        ministry_code,
        max(case when table_name = 'awards' then receipt_id end) as awards_receipt_id,
        max(case when table_name = 'execution' then receipt_id end) as execution_receipt_id,
        max(case when table_name = 'awards' then said_receipt_id end) as said_awards_receipt_id,
        max(case when table_name = 'execution' then said_receipt_id end) as said_execution_receipt_id
    from {{ ref('int_submission_files__standing') }}
    group by as_of_period, ministry_code

),

pairs as (

    select
        ministry_code,
        awards_receipt_id,
        execution_receipt_id
    from standing

    union

    select
        ministry_code,
        said_awards_receipt_id as awards_receipt_id,
        said_execution_receipt_id as execution_receipt_id
    from standing

),

awards as (

    select
        receipt_id,
        award_id,
        line_code,
        awarded_eur
    from {{ ref('stg_submissions__awards') }}

),

rejected as (

    select
        amounts.receipt_id,
        amounts.table_name,
        amounts.column_name,
        amounts.award_id,
        fund_lines.line_code,
        amounts.rejected_eur
    from {{ ref('stg_landing__rejected_amounts') }} as amounts
    left join {{ ref('fund_lines') }} as fund_lines on amounts.line_code = fund_lines.line_code
    where amounts.column_name in ('awarded_eur', 'committed_eur', 'paid_eur')

),

-- Of a rejected award, the line that its rows agree on.
rejected_awards as (

    select
        receipt_id,
        award_id,
        case when min(line_code) = max(line_code) then min(line_code) end as line_code
    from rejected
    where table_name = 'awards'
    group by receipt_id, award_id

),

rows_of_awards as (

    select
        pairs.ministry_code,
        pairs.awards_receipt_id,
        pairs.execution_receipt_id,
        awards.line_code,
        'awarded' as figure,
        awards.awarded_eur as accepted_eur,
        0 as without_award_eur,
        0 as rejected_eur,
        0 as rejected_row_count
    from pairs
    inner join awards on pairs.awards_receipt_id = awards.receipt_id

    union all

    select
        pairs.ministry_code,
        pairs.awards_receipt_id,
        pairs.execution_receipt_id,
        rejected.line_code,
        'awarded' as figure,
        0 as accepted_eur,
        0 as without_award_eur,
        rejected.rejected_eur,
        1 as rejected_row_count
    from pairs
    inner join rejected
        on
            pairs.awards_receipt_id = rejected.receipt_id
            and rejected.table_name = 'awards'

),

execution as (

    select
        receipt_id,
        award_id,
        committed_eur,
        paid_eur,
        cast(null as decimal(18, 2)) as rejected_committed_eur,
        cast(null as decimal(18, 2)) as rejected_paid_eur
    from {{ ref('stg_submissions__execution') }}

    union all

    select
        receipt_id,
        award_id,
        cast(null as decimal(18, 2)) as committed_eur,
        cast(null as decimal(18, 2)) as paid_eur,
        case when column_name = 'committed_eur' then rejected_eur end as rejected_committed_eur,
        case when column_name = 'paid_eur' then rejected_eur end as rejected_paid_eur
    from rejected
    where table_name = 'execution'

),

executed as (

    select
        pairs.ministry_code,
        pairs.awards_receipt_id,
        pairs.execution_receipt_id,
        execution.committed_eur,
        execution.paid_eur,
        execution.rejected_committed_eur,
        execution.rejected_paid_eur,
        awards.award_id is not null as has_award,
        coalesce(awards.line_code, rejected_awards.line_code) as line_code
    from pairs
    inner join execution on pairs.execution_receipt_id = execution.receipt_id
    left join awards
        on
            pairs.awards_receipt_id = awards.receipt_id
            and execution.award_id = awards.award_id
    left join rejected_awards
        on
            pairs.awards_receipt_id = rejected_awards.receipt_id
            and execution.award_id = rejected_awards.award_id

),

rows_of_execution as (

    {% for figure in ['committed', 'paid'] -%}
        select
            ministry_code,
            awards_receipt_id,
            execution_receipt_id,
            line_code,
            '{{ figure }}' as figure,
            case when has_award then coalesce({{ figure }}_eur, 0) else 0 end as accepted_eur,
            case when has_award then 0 else coalesce({{ figure }}_eur, 0) end as without_award_eur,
            coalesce(rejected_{{ figure }}_eur, 0) as rejected_eur,
            case when rejected_{{ figure }}_eur is null then 0 else 1 end as rejected_row_count
        from executed
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

all_rows as (

    select * from rows_of_awards
    union all
    select * from rows_of_execution

)

select
    ministry_code,
    awards_receipt_id,
    execution_receipt_id,
    figure,
    coalesce(line_code, 'NONE') as line_key,
    {{ sum_eur('accepted_eur') }} as accepted_eur,
    {{ sum_eur('without_award_eur') }} as without_award_eur,
    {{ sum_eur('rejected_eur') }} as rejected_eur,
    cast(sum(rejected_row_count) as bigint) as rejected_row_count
from all_rows
group by ministry_code, awards_receipt_id, execution_receipt_id, figure, coalesce(line_code, 'NONE')

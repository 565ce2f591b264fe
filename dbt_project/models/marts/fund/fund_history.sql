with files as (

    select * from {{ ref('int_submission_files__by_month') }}

),

by_files as (

    select
        ministry_code,
        awards_receipt_id,
        execution_receipt_id,
        line_code,
        count(*) as award_count,
        {{ sum_eur('awarded_eur') }} as awarded_eur,
        {{ sum_eur('committed_eur') }} as committed_eur,
        {{ sum_eur('paid_eur') }} as paid_eur
    from {{ ref('int_awards__executed') }}
    group by ministry_code, awards_receipt_id, execution_receipt_id, line_code

),

by_month as (

    select
        files.as_of_month,
        by_files.line_code,
        cast(sum(by_files.award_count) as bigint) as award_count,
        {{ sum_eur('by_files.awarded_eur') }} as awarded_eur,
        {{ sum_eur('by_files.committed_eur') }} as committed_eur,
        {{ sum_eur('by_files.paid_eur') }} as paid_eur
    from files
    inner join by_files
        on
            files.ministry_code = by_files.ministry_code
            and files.awards_receipt_id = by_files.awards_receipt_id
            and coalesce(files.execution_receipt_id, '') = coalesce(by_files.execution_receipt_id, '')
    group by files.as_of_month, by_files.line_code

),

months as (

    select
        as_of_month,
        count(*) as ministry_count
    from files
    where awards_receipt_id is not null
    group by as_of_month

)

select
    months.as_of_month,
    fund_lines.line_code,
    fund_lines.scope,
    fund_lines.allocated_eur,
    months.ministry_count,
    coalesce(by_month.award_count, 0) as award_count,
    cast(fund_lines.allocated_eur - coalesce(by_month.awarded_eur, 0) as decimal(18, 2)) as remaining_eur,
    {{ execution_figures('by_month') }}
from months
cross join {{ ref('fund_lines') }} as fund_lines
left join by_month
    on
        months.as_of_month = by_month.as_of_month
        and fund_lines.line_code = by_month.line_code
order by months.as_of_month nulls last, fund_lines.line_code nulls last

-- Line by line, the last month of the history is what counts at the as-of date.
with last_month as (

    select * from {{ ref('fund_history') }}
    where as_of_month = (select max(fund_history.as_of_month) from {{ ref('fund_history') }} as fund_history)

),

counted as (

    select count(*) as submission_count
    from {{ ref('int_submission_tables__latest') }}
    where table_name = 'awards'

)

select
    executed.line_code,
    executed.awarded_eur,
    last_month.awarded_eur as awarded_by_history_eur
from {{ ref('fund_line_execution') }} as executed
inner join counted on counted.submission_count > 0
left join last_month on executed.line_code = last_month.line_code
where
    last_month.line_code is null
    or executed.awarded_eur <> last_month.awarded_eur
    or executed.committed_eur <> last_month.committed_eur
    or executed.paid_eur <> last_month.paid_eur
    or executed.remaining_eur <> last_month.remaining_eur

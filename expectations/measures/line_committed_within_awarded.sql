-- One row a fund line: what is committed against what is awarded.
with risks as (

    select
        subject,
        list(int_money_at_risk__by_subject order by figure) as at_risk
    from intermediate.int_money_at_risk__by_subject
    where figure in ('awarded', 'committed')
    group by subject

)

select
    fund_line.line_code as subject,
    fund_line.object as line_object,
    cast(fund_line.awarded_eur * 100 as bigint) as expected,
    cast(fund_line.committed_eur * 100 as bigint) as actual,
    risks.at_risk
from fund.fund_line_execution as fund_line
left join risks on fund_line.line_code = risks.subject

-- One row a fund line: what is paid against what is committed.
with risks as (

    select
        subject,
        list(int_money_at_risk__by_subject order by figure) as at_risk
    from intermediate.int_money_at_risk__by_subject
    where figure in ('committed', 'paid')
    group by subject

)

select
    fund_line.line_code as subject,
    fund_line.object as line_object,
    cast(fund_line.committed_eur * 100 as bigint) as expected,
    cast(fund_line.paid_eur * 100 as bigint) as actual,
    risks.at_risk
from fund.fund_line_execution as fund_line
left join risks on fund_line.line_code = risks.subject

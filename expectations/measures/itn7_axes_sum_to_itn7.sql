-- One row: line ITN7's allocation in the mart against its axes.
select
    fund_line.line_code as subject,
    cast(fund_line.allocated_eur * 100 as bigint) as expected,
    cast(sum(axis.allocated_eur) * 100 as bigint) as actual
from fund.fund_line_execution as fund_line
inner join reference.itn7_axes as axis on fund_line.line_code = axis.line_code
group by fund_line.line_code, fund_line.allocated_eur

-- One row: line ITN7's allocation in the mart against its axes.
select
    line.line_code as subject,
    cast(line.allocated_eur * 100 as bigint) as expected,
    cast(sum(axis.allocated_eur) * 100 as bigint) as actual
from fund.fund_line_execution as line
inner join reference.itn7_axes as axis on line.line_code = axis.line_code
group by line.line_code, line.allocated_eur

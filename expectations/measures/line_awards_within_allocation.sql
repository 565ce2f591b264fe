-- One row a fund line: what is awarded against what is allocated.
select
    line_code as subject,
    object as line_object,
    cast(allocated_eur * 100 as bigint) as expected,
    cast(awarded_eur * 100 as bigint) as actual
from fund.fund_line_execution

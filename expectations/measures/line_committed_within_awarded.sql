-- One row a fund line: what is committed against what is awarded.
select
    line_code as subject,
    object as line_object,
    cast(awarded_eur * 100 as bigint) as expected,
    cast(committed_eur * 100 as bigint) as actual
from fund.fund_line_execution

-- One row a fund line: what is paid against what is committed.
select
    line_code as subject,
    object as line_object,
    cast(committed_eur * 100 as bigint) as expected,
    cast(paid_eur * 100 as bigint) as actual
from fund.fund_line_execution

-- One row a column of amounts of a received file: its sum as written against what was accepted, rejected and taken by
-- rounding. The least difference, far below a cent, counts as one.
with compared as (

    select
        *,
        accepted_eur + rejected_eur + rounding_eur - in_eur as difference_eur
    from raw.file_amounts

)

select
    receipt.file_name,
    compared.table_name,
    compared.column_name,
    cast(compared.in_eur * 100 as bigint) as expected,
    cast(compared.in_eur * 100 as bigint)
    + cast(sign(compared.difference_eur) * ceil(abs(compared.difference_eur) * 100) as bigint) as actual,
    compared.receipt_id || '/' || compared.table_name || '/' || compared.column_name as subject
from compared
left join raw.receipts as receipt on compared.receipt_id = receipt.receipt_id

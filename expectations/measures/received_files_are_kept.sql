-- One row a file that the publication before knew: whether its receipt is there.
select
    earlier.receipt_id as subject,
    earlier.file_name,
    cast(earlier.received_at_utc as date) as received_on,
    cast(1 as bigint) as expected,
    cast(case when receipt.receipt_id is null then 0 else 1 end as bigint) as actual
from before.received_files as earlier
left join raw.receipts as receipt on earlier.receipt_id = receipt.receipt_id

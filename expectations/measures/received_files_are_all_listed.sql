-- One row a received file: how often the mart of received files lists it.
select
    receipt.receipt_id as subject,
    receipt.file_name,
    cast(1 as bigint) as expected,
    cast(count(received.receipt_id) as bigint) as actual
from raw.receipts as receipt
left join quality.received_files as received on receipt.receipt_id = received.receipt_id
group by receipt.receipt_id, receipt.file_name

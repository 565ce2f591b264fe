-- One row a received file that is no submission: the tables of which nobody can tell whether it is the later one of
-- those that came with it. The sentence names all of them; the first by name says it once for all. Submissions wait
-- alone.
with clashes as (

    select
        file_table.undecided as sentence,
        min(receipt.file_name) as first_file_name,
        min(receipt.received_at_utc) as received_at_utc
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where file_table.undecided is not null and receipt.kind <> 'submission'
    group by file_table.undecided, receipt.received_at_utc

)

select
    receipt.receipt_id as subject,
    receipt.file_name,
    cast(0 as bigint) as expected,
    cast(count(clashes.sentence) as bigint) as actual,
    coalesce(string_agg(clashes.sentence, ' ' order by clashes.sentence), 'rien à départager') as sentence
from raw.receipts as receipt
left join clashes
    on
        receipt.file_name = clashes.first_file_name
        and receipt.received_at_utc = clashes.received_at_utc
group by receipt.receipt_id, receipt.file_name

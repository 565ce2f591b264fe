-- The editions that have a file, each with the one before and the one after it. Editions between them may be missing.
select
    edition_month,
    receipt_id,
    lag(edition_month) over (order by edition_month nulls last) as previous_file_edition_month,
    lead(edition_month) over (order by edition_month nulls last) as next_file_edition_month
from {{ ref('int_editions__counted') }}

select
    deleted.receipt_id,
    deleted.dossier_number,
    deleted.state,
    deleted.reason,
    deleted.deleted_on,
    receipts.received_at_utc
from {{ ref('stg_applications__deleted_applications') }} as deleted
inner join {{ ref('stg_landing__receipts') }} as receipts on deleted.receipt_id = receipts.receipt_id
where receipts.status = 'counted'
order by deleted.dossier_number nulls last, deleted.receipt_id nulls last

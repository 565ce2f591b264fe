select
    item_id,
    scope,
    amount_eur,
    reason,
    reason_fr,
    source
from {{ ref('reconciling_items') }}
order by item_id nulls last

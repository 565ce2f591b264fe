-- One row a received file: whether it was set aside and nothing usable came after it in its place.
select
    received.receipt_id as subject,
    received.file_name,
    cast(received.received_at_utc as date) as received_on,
    cast(0 as bigint) as expected,
    cast(
        case
            when received.status <> 'set_aside' then 0
            when exists (
                select 1
                from quality.received_files as later
                where
                    later.feed = received.feed
                    and later.status not in ('set_aside', 'undecided', 'unpacked')
                    and later.received_at_utc > received.received_at_utc
                    and (
                        later.edition_month = received.edition_month
                        or (later.ministry_code = received.ministry_code and later.period = received.period)
                        or later.file_name = received.file_name
                    )
            ) then 0
            else 1
        end as bigint
    ) as actual,
    coalesce(received.reason, 'aucune raison enregistrée') as reason
from quality.received_files as received

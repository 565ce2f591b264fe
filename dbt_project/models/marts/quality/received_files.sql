with receipts as (

    select * from {{ ref('stg_landing__receipts') }}

),

rows_read as (

    select
        receipt_id,
        cast(sum(rows_in) as bigint) as rows_in,
        cast(sum(rows_accepted) as bigint) as rows_accepted,
        cast(sum(rows_rejected) as bigint) as rows_rejected
    from {{ ref('stg_landing__file_tables') }}
    group by receipt_id

),

covers as (

    select * from {{ ref('stg_submissions__covers') }}

),

applications as (

    select * from {{ ref('stg_applications__applications') }}

),

findings as (

    select
        receipt_id,
        string_agg(sentence, ' ' order by control_id nulls last, subject nulls last) as reason
    from {{ ref('stg_landing__file_findings') }}
    group by receipt_id

),

decisions as (

    select * from {{ ref('stg_landing__file_decisions') }}

)

select
    receipts.receipt_id,
    receipts.feed,
    receipts.kind,
    receipts.file_name,
    receipts.sha256,
    receipts.size_bytes,
    receipts.received_at_utc,
    receipts.ministry_code,
    receipts.period,
    receipts.edition_month,
    receipts.status,
    receipts.is_stale,
    receipts.note,
    receipts.feedback_path,
    case receipts.status
        when 'pending' then findings.reason
        when 'rejected' then decisions.reason
        else receipts.reason
    end as reason,
    coalesce(covers.data_nature, applications.data_nature) as data_nature,
    coalesce(rows_read.rows_in, 0) as rows_in,
    coalesce(rows_read.rows_accepted, 0) as rows_accepted,
    coalesce(rows_read.rows_rejected, 0) as rows_rejected
from receipts
left join rows_read on receipts.receipt_id = rows_read.receipt_id
left join covers on receipts.receipt_id = covers.receipt_id
left join applications on receipts.receipt_id = applications.receipt_id
left join findings on receipts.receipt_id = findings.receipt_id
left join decisions on receipts.receipt_id = decisions.receipt_id
order by receipts.received_at_utc nulls last, receipts.receipt_id nulls last

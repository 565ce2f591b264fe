-- Table by table, the file with which a ministry goes on counting: of the period of the file that waits, or the one
-- before it. Of the panorama it is the edition's file that counts.
with pending as (

    select * from {{ ref('stg_landing__receipts') }}
    where status = 'pending'

),

reasons as (

    select
        receipt_id,
        string_agg(sentence, ' ' order by control_id nulls last, subject nulls last) as reason,
        {{ count_where('not can_be_accepted') }} = 0 as can_be_accepted
    from {{ ref('stg_landing__file_findings') }}
    group by receipt_id

),

sent_tables as (

    select
        pending.receipt_id,
        pending.ministry_code,
        pending.period,
        file_tables.table_name
    from pending
    inner join {{ ref('stg_landing__file_tables') }} as file_tables on pending.receipt_id = file_tables.receipt_id
    where
        pending.kind = 'submission'
        and file_tables.table_name <> 'cover'

),

counting as (

    select
        sent_tables.receipt_id,
        sent_tables.table_name,
        by_period.receipt_id as counting_receipt_id,
        row_number() over (
            partition by sent_tables.receipt_id, sent_tables.table_name
            order by by_period.period desc nulls last
        ) as recency
    from sent_tables
    left join {{ ref('int_submission_tables__by_period') }} as by_period
        on
            sent_tables.ministry_code = by_period.ministry_code
            and sent_tables.table_name = by_period.table_name
            and sent_tables.period >= by_period.period

),

-- Of the tables of one file, the awards say first which file counts meanwhile, then execution, then projects.
meanwhile as (

    select
        counting.receipt_id,
        counting.counting_receipt_id,
        row_number() over (
            partition by counting.receipt_id
            order by counting.table_name nulls last
        ) as precedence
    from counting
    where
        counting.recency = 1
        and counting.counting_receipt_id is not null

),

counts_meanwhile as (

    select
        receipt_id,
        counting_receipt_id
    from meanwhile
    where precedence = 1

    union all

    select
        pending.receipt_id,
        editions.receipt_id as counting_receipt_id
    from pending
    inner join {{ ref('int_editions__counted') }} as editions on pending.edition_month = editions.edition_month

),

stated as (

    select
        receipt_id,
        table_name,
        column_name,
        accepted_eur + rejected_eur as stated_eur
    from {{ ref('stg_landing__file_amounts') }}

),

-- What the file says, of each figure, less what is said by the file with which its ministry goes on counting.
differences as (

    select
        counting.receipt_id,
        of_file.column_name,
        of_file.stated_eur - coalesce(of_counting.stated_eur, 0) as difference_eur
    from counting
    inner join stated as of_file
        on
            counting.receipt_id = of_file.receipt_id
            and counting.table_name = of_file.table_name
    left join stated as of_counting
        on
            counting.counting_receipt_id = of_counting.receipt_id
            and of_file.table_name = of_counting.table_name
            and of_file.column_name = of_counting.column_name
    where counting.recency = 1

),

sums as (

    select
        receipt_id,
        {{ sum_eur_or_zero("case when column_name = 'awarded_eur' then difference_eur end") }} as pending_awarded_eur,
        {{ sum_eur_or_zero("case when column_name = 'committed_eur' then difference_eur end") }}
            as pending_committed_eur,
        {{ sum_eur_or_zero("case when column_name = 'paid_eur' then difference_eur end") }} as pending_paid_eur
    from differences
    group by receipt_id

)

select
    pending.receipt_id,
    pending.kind,
    pending.file_name,
    pending.ministry_code,
    pending.period,
    pending.edition_month,
    cast(pending.received_at_utc as date) as received_on,
    reasons.reason,
    reasons.can_be_accepted,
    counts_meanwhile.counting_receipt_id as counts_meanwhile_receipt_id,
    meanwhile_receipts.file_name as counts_meanwhile_file_name,
    meanwhile_receipts.period as counts_meanwhile_period,
    sums.pending_awarded_eur,
    sums.pending_committed_eur,
    sums.pending_paid_eur
from pending
left join reasons on pending.receipt_id = reasons.receipt_id
left join counts_meanwhile on pending.receipt_id = counts_meanwhile.receipt_id
left join {{ ref('stg_landing__receipts') }} as meanwhile_receipts
    on counts_meanwhile.counting_receipt_id = meanwhile_receipts.receipt_id
left join sums on pending.receipt_id = sums.receipt_id
order by pending.receipt_id nulls last

-- A figure is compared with the rows of the same file, so only where the file has the table that it sums up: a file
-- with one table may declare the totals of all.
with covers as (

    select
        covers.*,
        receipts.ministry_code as receipt_ministry_code,
        receipts.period as receipt_period
    from {{ ref('stg_submissions__covers') }} as covers
    inner join {{ ref('stg_landing__receipts') }} as receipts on covers.receipt_id = receipts.receipt_id
    where receipts.status = 'counted'

),

file_tables as (

    select * from {{ ref('stg_landing__file_tables') }}
    where is_counted

),

amounts as (

    select
        amounts.receipt_id,
        amounts.column_name,
        amounts.accepted_eur,
        cast(amounts.in_eur as decimal(18, 2)) as in_eur
    from {{ ref('stg_landing__file_amounts') }} as amounts
    inner join file_tables
        on
            amounts.receipt_id = file_tables.receipt_id
            and amounts.table_name = file_tables.table_name
    where
        (amounts.table_name = 'awards' and amounts.column_name = 'awarded_eur')
        or (amounts.table_name = 'execution' and amounts.column_name in ('committed_eur', 'paid_eur'))

),

declared as (

    select
        receipt_id,
        'award_count' as figure,
        cast(declared_award_count as decimal(18, 2)) as declared
    from covers

    union all

    select
        receipt_id,
        'awarded_eur' as figure,
        declared_awarded_eur as declared
    from covers

    union all

    select
        receipt_id,
        'committed_eur' as figure,
        declared_committed_eur as declared
    from covers

    union all

    select
        receipt_id,
        'paid_eur' as figure,
        declared_paid_eur as declared
    from covers

),

counted as (

    select
        receipt_id,
        column_name as figure,
        accepted_eur as counted_accepted,
        in_eur as counted_in_file
    from amounts

    union all

    select
        receipt_id,
        'award_count' as figure,
        cast(rows_accepted as decimal(18, 2)) as counted_accepted,
        cast(rows_in as decimal(18, 2)) as counted_in_file
    from file_tables
    where table_name = 'awards'

)

select
    declared.receipt_id,
    covers.receipt_ministry_code as ministry_code,
    covers.receipt_period as period,
    declared.figure,
    declared.declared,
    counted.counted_accepted,
    counted.counted_in_file
from declared
inner join covers on declared.receipt_id = covers.receipt_id
inner join counted
    on
        declared.receipt_id = counted.receipt_id
        and declared.figure = counted.figure
where declared.declared is not null
order by declared.receipt_id nulls last, declared.figure nulls last

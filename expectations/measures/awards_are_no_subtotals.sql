-- One row an award of a table that counts: whether it is the sum of the rows above it, from the top of the sheet or the
-- unbroken ones of the same line, two at least. An award that stood there before with that amount is none.
with ordered as (

    select
        award.receipt_id,
        award.row_number,
        award.award_id,
        award.line_code,
        award.awarded_eur,
        coalesce(award.sheet, 'unique') as sheet,
        row_number() over sheet_rows as sheet_position,
        row_number() over sheet_rows - row_number() over line_rows as line_run,
        sum(award.awarded_eur) over sheet_rows - award.awarded_eur as above_eur
    from raw.awards as award
    where award.is_counted
    window
        sheet_rows as (partition by award.receipt_id, award.sheet order by award.row_number),
        line_rows as (partition by award.receipt_id, award.sheet, award.line_code order by award.row_number)

),

summed as (

    select
        *,
        count(*) over run_rows - 1 as run_count,
        sum(awarded_eur) over run_rows - awarded_eur as run_above_eur
    from ordered
    window run_rows as (partition by receipt_id, sheet, line_code, line_run order by row_number)

)

select
    summed.award_id,
    receipt.ministry_code,
    receipt.period,
    receipt.receipt_id,
    receipt.file_name,
    summed.sheet,
    summed.row_number,
    cast(0 as bigint) as expected,
    cast(
        case
            when summed.awarded_eur = 0 or known.award_id is not null then 0
            when
                (summed.sheet_position > 2 and summed.awarded_eur = summed.above_eur)
                or (summed.run_count >= 2 and summed.awarded_eur = summed.run_above_eur)
                then summed.awarded_eur * 100
            else 0
        end as bigint
    ) as actual,
    receipt.ministry_code || '/' || summed.award_id || '/' || receipt.period as subject
from summed
inner join raw.receipts as receipt on summed.receipt_id = receipt.receipt_id
left join file_steps as step on summed.receipt_id = step.receipt_id and step.table_name = 'awards'
left join raw.awards as known
    on
        step.before_receipt_id = known.receipt_id
        and summed.award_id = known.award_id
        and summed.awarded_eur = known.awarded_eur

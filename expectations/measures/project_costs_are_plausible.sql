-- One row a followed project and one an award of each ministry's latest tables: the cost that is furthest from its
-- range against the bound that it passes, or its own figure where it passes none.
with latest_awards as (

    select
        ministry_code,
        max_by(receipt_id, period) as receipt_id
    from file_steps
    where table_name = 'awards'
    group by ministry_code

),

stated as (

    select
        ministry_code,
        period,
        receipt_id,
        file_name,
        sheet,
        row_number,
        'projects/' || subject as subject,
        'Projet ' || project_name as project_label,
        case when current_cost_eur between 100000 and 1000000000 then initial_cost_eur else current_cost_eur end
            as cost_eur,
        case when current_cost_eur between 100000 and 1000000000 then 'coût initial' else 'coût actuel' end
            as cost_label,
        cast(100000 as decimal(18, 2)) as lowest_eur
    from latest_follow_ups

    union all

    select
        receipt.ministry_code,
        receipt.period,
        receipt.receipt_id,
        receipt.file_name,
        coalesce(award.sheet, 'unique') as sheet,
        award.row_number,
        'awards/' || receipt.ministry_code || '/' || award.award_id || '/' || receipt.period as subject,
        'Subvention ' || award.award_id as project_label,
        coalesce(award.project_cost_eur, award.awarded_eur) as cost_eur,
        'coût du projet' as cost_label,
        award.awarded_eur as lowest_eur
    from latest_awards
    inner join raw.receipts as receipt on latest_awards.receipt_id = receipt.receipt_id
    inner join raw.awards as award on latest_awards.receipt_id = award.receipt_id

)

select
    ministry_code,
    period,
    receipt_id,
    file_name,
    sheet,
    row_number,
    project_label,
    cost_label,
    subject,
    cast(lowest_eur * 100 as bigint) as lowest_cents,
    cast(greatest(1000000000, lowest_eur) * 100 as bigint) as highest_cents,
    cast(least(greatest(cost_eur, lowest_eur), greatest(1000000000, lowest_eur)) * 100 as bigint) as expected,
    cast(cost_eur * 100 as bigint) as actual
from stated

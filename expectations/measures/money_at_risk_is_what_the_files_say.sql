-- One row a ministry and figure: what is published and what stands beside it, against what its latest files say as they
-- were written, those that wait for a decision included. One row a figure: the overview against the accepted amounts.
-- The least difference, far below a cent, counts as one.
with figures (figure, figure_label, table_name) as (
    values ('awarded', 'accordés', 'awards'), ('committed', 'engagés', 'execution'), ('paid', 'payés', 'execution')
),

ranked as (

    select
        receipt.ministry_code,
        file_table.table_name,
        receipt.receipt_id,
        row_number() over (
            partition by receipt.ministry_code, file_table.table_name
            order by
                receipt.period desc,
                receipt.received_at_utc desc,
                case when receipt.status = 'pending' then 1 when receipt.is_stale then 2 else 0 end,
                receipt.feed desc,
                receipt.receipt_id desc
        ) as recency
    from raw.file_tables as file_table
    inner join raw.receipts as receipt on file_table.receipt_id = receipt.receipt_id
    where
        receipt.kind = 'submission'
        and file_table.table_name in ('awards', 'execution')
        and (file_table.is_counted or receipt.status = 'pending')

),

stated as (

    select
        ministry_code,
        table_name,
        receipt_id
    from ranked
    where recency = 1

),

accepted as (

    select
        figure,
        sum(accepted_eur) as accepted_eur
    from fund.money_at_risk
    group by figure

),

files as (

    select
        stated.ministry_code,
        figures.figure,
        file_amount.in_eur
    from stated
    inner join figures on stated.table_name = figures.table_name
    inner join raw.file_amounts as file_amount
        on
            stated.receipt_id = file_amount.receipt_id
            and stated.table_name = file_amount.table_name
            and file_amount.column_name = figures.figure || '_eur'

),

risks as (

    select
        ministry_code,
        figure,
        sum(accepted_eur) as accepted_eur,
        sum(accepted_eur + rejected_eur + without_award_eur + pending_eur + rounding_eur) as stated_eur
    from fund.money_at_risk
    group by ministry_code, figure

),

senders as (

    select ministry_code from stated
    union
    select ministry_code from risks

),

compared as (

    select
        senders.ministry_code,
        figures.figure,
        figures.figure_label,
        coalesce(files.in_eur, 0) as in_eur,
        coalesce(risks.stated_eur, 0) - coalesce(files.in_eur, 0) as difference_eur
    from senders
    cross join figures
    left join files on senders.ministry_code = files.ministry_code and figures.figure = files.figure
    left join risks on senders.ministry_code = risks.ministry_code and figures.figure = risks.figure

)

select
    ministry_code || '/' || figure as subject,
    figure_label,
    'Ministère ' || ministry_code || ', publiés ou hors des totaux' as whose_label,
    'ses derniers fichiers' as source_label,
    cast(in_eur * 100 as bigint) as expected,
    cast(in_eur * 100 as bigint)
    + cast(sign(difference_eur) * ceil(abs(difference_eur) * 100) as bigint) as actual
from compared
union all
select
    'whole/' || figures.figure as subject,
    figures.figure_label,
    'Vue d''ensemble du fonds' as whose_label,
    'les montants retenus des ministères' as source_label,
    cast(100 * coalesce(accepted.accepted_eur, 0) as bigint) as expected,
    cast(
        100
        * case figures.figure
            when 'awarded' then overview.awarded_eur when 'committed' then overview.committed_eur else overview.paid_eur
        end as bigint
    ) as actual
from figures
inner join fund.fund_overview as overview on overview.scope = 'whole'
left join accepted on figures.figure = accepted.figure

with headlines as (

    select * from {{ ref('int_headlines__known') }}

),

files as (

    select * from {{ ref('int_editions__in_sequence') }}

),

known as (

    select edition_month from files
    union
    select edition_month from headlines

)

select
    known.edition_month,
    headlines.edition_number,
    coalesce(
        cast(headlines.edition_number as varchar)
        || case when headlines.edition_number = 1 then 're' else 'e' end || ' édition, ', ''
    )
    || {{ month_fr('known.edition_month') }} as label_fr,
    files.edition_month is not null as has_file,
    headlines.edition_month is not null as has_headline,
    files.edition_month is not null and files.next_file_edition_month is null as is_latest_file,
    files.previous_file_edition_month,
    files.next_file_edition_month,
    slippage_breaks.edition_month is not null as is_slippage_method_break,
    slippage_breaks.reason_fr as slippage_method_break_fr,
    cost_breaks.edition_month is not null as is_cost_method_break,
    cost_breaks.reason_fr as cost_method_break_fr,
    files.receipt_id
from known
left join headlines on known.edition_month = headlines.edition_month
left join files on known.edition_month = files.edition_month
left join {{ ref('method_breaks') }} as slippage_breaks
    on
        known.edition_month = slippage_breaks.edition_month
        and slippage_breaks.figure = 'slippage'
left join {{ ref('method_breaks') }} as cost_breaks
    on
        known.edition_month = cost_breaks.edition_month
        and cost_breaks.figure = 'total_cost'
order by known.edition_month nulls last

with pairs as (

    select * from {{ ref('int_files__replaced') }}

),

{{ restated_ctes() }}

differences as (

    {{ restated_differences() }}

)

select
    differences.scope,
    pairs.ministry_code,
    pairs.period,
    pairs.edition_month,
    differences.table_name,
    differences.row_key,
    differences.occurrence,
    differences.column_name,
    differences.change_kind,
    differences.old_value,
    differences.new_value,
    differences.difference_eur,
    pairs.restated_at_utc,
    pairs.old_receipt_id,
    pairs.new_receipt_id,
    differences.old_lineage_key,
    differences.new_lineage_key
from differences
inner join pairs
    on
        differences.scope = pairs.scope
        and differences.table_name = pairs.table_name
        and differences.pair_receipt_id = pairs.new_receipt_id
order by
    pairs.restated_at_utc nulls last,
    pairs.new_receipt_id nulls last,
    differences.scope nulls last,
    differences.table_name nulls last,
    differences.row_key nulls last,
    differences.occurrence nulls last,
    differences.column_name nulls last

{%- set tables = {
    'awards': 'stg_submissions__awards',
    'execution': 'stg_submissions__execution',
    'project_follow_up': 'stg_submissions__project_follow_up',
    'panorama_projects': 'stg_panorama__projects',
    'applications': 'stg_applications__applications',
    'cost_items': 'stg_applications__cost_items',
} -%}
with file_rows as (

    {% for table_name, model in tables.items() -%}
        select
            '{{ table_name }}' as table_name,
            lineage_key,
            receipt_id,
            sheet,
            row_number
        from {{ ref(model) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    file_rows.lineage_key,
    file_rows.receipt_id,
    receipts.feed,
    receipts.file_name,
    receipts.received_at_utc,
    file_rows.table_name,
    file_rows.sheet,
    file_rows.row_number,
    file_tables.is_counted
from file_rows
inner join {{ ref('stg_landing__receipts') }} as receipts on file_rows.receipt_id = receipts.receipt_id
inner join {{ ref('stg_landing__file_tables') }} as file_tables
    on
        file_rows.receipt_id = file_tables.receipt_id
        and file_rows.table_name = file_tables.table_name
order by file_rows.lineage_key nulls last

{# Names the row of a file that a mart's row was made from: receipt, table, sheet and row as the sender sees it.
   quality.publication_inputs has one row a key. #}
{% macro lineage_key(table_name) -%}
    cast(receipt_id as varchar)
    || '/{{ table_name }}/'
    || coalesce(cast(sheet as varchar), '')
    || '/'
    || coalesce(cast(row_number as varchar), '')
{%- endmacro %}

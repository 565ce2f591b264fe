{# What of a table is followed when a file is sent again: the model that has its rows, what names a row, the values that
   are compared, and those that should not change from one period to the next. #}
{% macro restated_tables() -%}
    {{ return({
        'awards': {
            'model': 'stg_submissions__awards', 'key': 'award_id',
            'columns': ['line_code', 'axis_code', 'call_name', 'beneficiary_name', 'beneficiary_siret',
                        'department_code', 'project_name', 'panorama_project_name', 'awarded_on', 'project_cost_eur',
                        'awarded_eur'],
            'lasting': ['line_code', 'axis_code', 'beneficiary_siret', 'awarded_on', 'awarded_eur'],
        },
        'execution': {
            'model': 'stg_submissions__execution', 'key': 'award_id',
            'columns': ['committed_eur', 'paid_eur', 'last_payment_on', 'comment'],
            'lasting': [],
        },
        'project_follow_up': {
            'model': 'stg_submissions__project_follow_up', 'key': 'project_name',
            'columns': ['phase', 'starts_on', 'initial_cost_eur', 'current_cost_eur', 'investment_eur',
                        'maintenance_two_years_eur', 'initial_duration_months', 'current_duration_months',
                        'has_dinum_opinion', 'opinion_on', 'is_rebaselined', 'rebaselined_on', 'rebaselined_cost_eur',
                        'rebaselined_duration_months', 'comment'],
            'lasting': ['starts_on', 'initial_cost_eur', 'initial_duration_months'],
        },
        'panorama_projects': {
            'model': 'stg_panorama__projects', 'key': 'project_name',
            'columns': ['ministry_name_as_sent', 'is_interministerial', 'phase_as_sent', 'starts_on',
                        'planned_duration_years', 'planned_cost_eur', 'is_withheld'],
            'lasting': [],
        },
        'applications': {
            'model': 'stg_applications__applications', 'key': 'dossier_number',
            'columns': ['state', 'line_code', 'call_name', 'project_name', 'beneficiary_siret', 'department_code',
                        'starts_on', 'total_cost_eur', 'requested_eur', 'awarded_eur', 'decided_on'],
            'lasting': [],
        },
    }) }}
{%- endmacro %}

{# The rows of the old or the new file of each pair (`side`); a name that stands twice in a file is told apart by its
   order. #}
{% macro restated_rows(table_name, table, side) -%}
    select
        pairs.scope,
        pairs.new_receipt_id as pair_receipt_id,
        file_rows.lineage_key,
        file_rows.{{ table.key }} as row_key,
        {%- for column in table.columns %}
        cast(file_rows.{{ column }} as varchar) as {{ column }},
        {%- endfor %}
        row_number() over (
            partition by pairs.scope, pairs.new_receipt_id, file_rows.{{ table.key }}
            order by file_rows.row_number asc nulls last
        ) as occurrence
    from {{ ref('int_files__replaced') }} as pairs
    inner join {{ ref(table.model) }} as file_rows on pairs.{{ side }}_receipt_id = file_rows.receipt_id
    where pairs.table_name = '{{ table_name }}'
{%- endmacro %}

{# The old and the new rows of each pair of files of each table, side by side. #}
{% macro restated_ctes() -%}
    {%- for table_name, table in restated_tables().items() %}
    {%- for side in ['old', 'new'] %}
    {{ table_name }}_{{ side }} as (
        {{ restated_rows(table_name, table, side) }}
    ),
    {% endfor %}
    {{ table_name }}_beside as (
        select
            coalesce(new_rows.scope, old_rows.scope) as scope,
            coalesce(new_rows.pair_receipt_id, old_rows.pair_receipt_id) as pair_receipt_id,
            coalesce(new_rows.row_key, old_rows.row_key) as row_key,
            coalesce(new_rows.occurrence, old_rows.occurrence) as occurrence,
            case
                when old_rows.lineage_key is null then 'added'
                when new_rows.lineage_key is null then 'removed'
                else 'changed'
            end as change_kind,
            old_rows.lineage_key as old_lineage_key,
            new_rows.lineage_key as new_lineage_key
            {%- for column in table.columns %},
            old_rows.{{ column }} as old_{{ column }},
            new_rows.{{ column }} as new_{{ column }}
            {%- endfor %}
        from {{ table_name }}_old as old_rows
        full outer join {{ table_name }}_new as new_rows
            on
                old_rows.scope = new_rows.scope
                and old_rows.pair_receipt_id = new_rows.pair_receipt_id
                and old_rows.row_key = new_rows.row_key
                and old_rows.occurrence = new_rows.occurrence
    ),
    {%- endfor %}
{%- endmacro %}

{# One row a value that differs. What lasts from one period to the next is compared there too, rows that a later period
   adds apart: those are new, not restated. #}
{% macro restated_differences() -%}
    {%- for table_name, table in restated_tables().items() %}
    {%- set outer_loop = loop %}
    {%- for column in table.columns %}
    select
        scope,
        pair_receipt_id,
        '{{ table_name }}' as table_name,
        row_key,
        occurrence,
        '{{ column }}' as column_name,
        change_kind,
        old_{{ column }} as old_value,
        new_{{ column }} as new_value,
        {% if column.endswith('_eur') -%}
            cast(
                coalesce(cast(new_{{ column }} as decimal(18, 2)), 0)
                - coalesce(cast(old_{{ column }} as decimal(18, 2)), 0)
                as decimal(18, 2)
            )
        {%- else -%}
            cast(null as decimal(18, 2))
        {%- endif %} as difference_eur,
        old_lineage_key,
        new_lineage_key
    from {{ table_name }}_beside
    where
        coalesce(old_{{ column }} <> new_{{ column }}, (old_{{ column }} is null) <> (new_{{ column }} is null))
        {% if column in table.lasting -%}
            and (scope = 'same' or change_kind <> 'added')
        {%- else -%}
            and scope = 'same'
        {%- endif %}
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

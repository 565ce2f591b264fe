{# The key of a project: the key of its name, or of the name that a reviewed link gives for it, with its ministry where
   one edition has the name twice. `row` has project_name_key and ministry_code, and join_project_key beside it. #}
{% macro project_key(row) -%}
    case
        when shared_keys.project_key is null then coalesce(links.project_key, {{ row }}.project_name_key)
        else coalesce(links.project_key, {{ row }}.project_name_key) || '@' || coalesce({{ row }}.ministry_code, '')
    end
{%- endmacro %}

{% macro join_project_key(row) -%}
    left join {{ ref('int_project_links__keyed') }} as links on {{ row }}.project_name_key = links.project_name_key
    left join {{ ref('int_project_keys__shared') }} as shared_keys
        on coalesce(links.project_key, {{ row }}.project_name_key) = shared_keys.project_key
{%- endmacro %}

{# What names one declaration over time, in the means of declared figures. #}
{% macro declaration_key(follow_up) -%}
    {{ follow_up }}.project_key || '/' || {{ follow_up }}.ministry_code || '/' || {{ follow_up }}.project_name
{%- endmacro %}

{# What a row of an edition says, beside the project that it is found to be. #}
{% macro edition_row_columns() -%}
    {%- for column in ['edition_month', 'project_name', 'project_name_key', 'ministry_code', 'ministry_name',
                       'ministry_name_as_sent', 'is_ministry_resolved', 'is_interministerial', 'phase',
                       'is_phase_known', 'is_withheld', 'starts_on', 'planned_duration_years', 'planned_cost_eur',
                       'cost_bracket', 'functional_area', 'programmes', 'receipt_id', 'sheet', 'row_number',
                       'lineage_key'] %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# By how much a figure rose or fell since the statement before in its series. #}
{% macro step_ratio(figure, series, moment) -%}
    {%- set before = "lag(" ~ figure ~ ") over (partition by " ~ series ~ " order by " ~ moment ~ " nulls last)" -%}
    {{ ratio(figure ~ " - " ~ before, before) }}
{%- endmacro %}

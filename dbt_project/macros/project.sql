{# The key of a project: that of its name, with its ministry where one edition has the name twice. #}
{% macro project_key(name_key, shared_key, ministry_code) -%}
    case
        when {{ shared_key }} is null then {{ name_key }}
        else {{ name_key }} || '@' || coalesce({{ ministry_code }}, '')
    end
{%- endmacro %}

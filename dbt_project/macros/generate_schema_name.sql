{# Schemas are called what the readers call them (fund, project, quality), without the target's name before them:
   every build has a file of its own, so nothing has to be kept apart inside it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%} {{ target.schema }} {%- else -%} {{ custom_schema_name | trim }} {%- endif -%}
{%- endmacro %}

{# The rules that the test `holds` may state of a relation: one row if the rule is broken, none otherwise. #}
{% macro broken_key(model, columns) %}
select
    '{{ columns | join(", ") }}: a key that is repeated or incomplete' as rule,
    count(*) as broken_by,
    min({% for column in columns %}coalesce(cast({{ column }} as varchar), '(none)'){{ " || ' | ' || " if not loop.last }}{% endfor %}) as example
from (
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}
) as broken_keys
having count(*) > 0
{%- endmacro %}

{% macro rows_that(model, rule, where, example='cast(null as varchar)') %}
select
    '{{ rule }}' as rule,
    count(*) as broken_by,
    {{ example }} as example
from {{ model }}
where {{ where }}
having count(*) > 0
{%- endmacro %}

{% macro value_not_accepted(model, column, values) %}
{{- rows_that(
    model,
    column ~ ": not one of " ~ values | join(", "),
    column ~ " not in ('" ~ values | join("', '") ~ "')",
    "min(cast(" ~ column ~ " as varchar))"
) }}
{%- endmacro %}

{% macro value_beyond(model, column, limits) %}
{{- rows_that(
    model,
    column ~ ": not from " ~ limits[0] ~ " to " ~ limits[1],
    column ~ " not between " ~ limits[0] ~ " and " ~ limits[1],
    "min(cast(" ~ column ~ " as varchar))"
) }}
{%- endmacro %}

{% macro cell_not_filled(model, column) %}
{{- rows_that(
    model, column ~ ": nothing stands there", "coalesce(trim(cast(" ~ column ~ " as varchar)), '') = ''"
) }}
{%- endmacro %}

{% macro unknown_reference(model, column, to, field) %}
select
    '{{ column }}: not a {{ field }} of {{ to.schema }}.{{ to.identifier }}' as rule,
    count(*) as broken_by,
    min(cast(children.{{ column }} as varchar)) as example
from {{ model }} as children
left join (select distinct {{ field }} as known from {{ to }}) as parents on children.{{ column }} = parents.known
where children.{{ column }} is not null and parents.known is null
having count(*) > 0
{%- endmacro %}

{% macro other_row_count(model, row_count) %}
select
    'the number of rows: not {{ row_count }}' as rule,
    count(*) as broken_by,
    cast(null as varchar) as example
from {{ model }}
having count(*) <> {{ row_count }}
{%- endmacro %}

{# How two spellings of one name are recognised as one: without case, accents, kind of apostrophe, and spaces that
   are doubled or stand before a comma. Nothing else is forgiven: a name that is not in the reference stays unknown. #}
{% macro name_key(expression) -%}
    trim(
        replace(
            {{ collapse_spaces(without_accents(straight_apostrophes("lower(" ~ expression ~ ")"))) }},
            ' ,', ','
        )
    )
{%- endmacro %}

{% macro straight_apostrophes(expression) -%}
    replace(replace({{ expression }}, '’', ''''), 'ʼ', '''')
{%- endmacro %}

{% macro without_accents(expression) -%}
    {{ return(adapter.dispatch('without_accents', 'relance')(expression)) }}
{%- endmacro %}

{% macro default__without_accents(expression) -%}
    translate({{ expression }}, 'àâäçéèêëîïôöùûüÿ', 'aaaceeeeiioouuuy')
{%- endmacro %}

{% macro duckdb__without_accents(expression) -%}
    strip_accents({{ expression }})
{%- endmacro %}

{% macro collapse_spaces(expression) -%}
    {{ return(adapter.dispatch('collapse_spaces', 'relance')(expression)) }}
{%- endmacro %}

{# No-break spaces first: \s does not match them everywhere. #}
{% macro default__collapse_spaces(expression) -%}
    regexp_replace(translate({{ expression }}, '{{ '\u00a0\u202f' }}', '  '), '\\s+', ' ')
{%- endmacro %}

{% macro duckdb__collapse_spaces(expression) -%}
    regexp_replace(translate({{ expression }}, '{{ '\u00a0\u202f' }}', '  '), '\s+', ' ', 'g')
{%- endmacro %}

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

{# How two spellings of a project's name are recognised as one: without case, accents, dashes, spaces and signs, an
   at-sign read as the letter a (MISTR@L, MISTRAL). A name of signs alone has an empty key. #}
{% macro project_name_key(expression) -%}
    {{ letters_and_digits("replace(" ~ without_accents("lower(" ~ expression ~ ")") ~ ", '@', 'a')") }}
{%- endmacro %}

{% macro letters_and_digits(expression) -%}
    {{ return(adapter.dispatch('letters_and_digits', 'relance')(expression)) }}
{%- endmacro %}

{% macro default__letters_and_digits(expression) -%}
    regexp_replace({{ expression }}, '[^a-z0-9]', '')
{%- endmacro %}

{% macro duckdb__letters_and_digits(expression) -%}
    regexp_replace({{ expression }}, '[^a-z0-9]', '', 'g')
{%- endmacro %}

{# The month of a date as in "juin 2017". #}
{% macro month_fr(expression) -%}
    case extract(month from {{ expression }})
        {%- for month in ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre',
                          'octobre', 'novembre', 'décembre'] %}
        when {{ loop.index }} then '{{ month }} '
        {%- endfor %}
    end || cast(extract(year from {{ expression }}) as varchar)
{%- endmacro %}

{# The one way in which the models divide: decimals in, a typed decimal out, null where there is nothing to divide
   by. Bare division gives another type in every engine. #}
{% macro ratio(numerator, denominator) -%}
    cast(
        cast({{ numerator }} as decimal(28, 8)) / nullif(cast({{ denominator }} as decimal(28, 8)), 0)
        as decimal(18, 6)
    )
{%- endmacro %}

{% macro sum_eur(expression) -%}
    cast(sum({{ expression }}) as decimal(18, 2))
{%- endmacro %}

{# An amount that nothing contributed to is zero euro. Only for sums over rows that are known to be complete. #}
{% macro sum_eur_or_zero(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as decimal(18, 2))
{%- endmacro %}

{% macro count_where(condition) -%}
    cast(sum(case when {{ condition }} then 1 else 0 end) as bigint)
{%- endmacro %}

{# The change between two ratios, in points (a difference of percentages). #}
{% macro points(ratio_now, ratio_before) -%}
    cast(({{ ratio_now }} - {{ ratio_before }}) * 100 as decimal(9, 3))
{%- endmacro %}

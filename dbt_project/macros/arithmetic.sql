{# The one way in which the models divide: decimals in, a typed decimal out, null where there is nothing to divide
   by, or so little that the quotient says nothing (a thousand million and more, which the type may not hold). Bare
   division gives another type in every engine. #}
{% macro ratio(numerator, denominator) -%}
    cast(
        cast({{ numerator }} as decimal(28, 8))
        / nullif(
            case
                when
                    abs(cast({{ numerator }} as decimal(28, 8))) / 1000000000
                    < abs(cast({{ denominator }} as decimal(28, 8)))
                    then cast({{ denominator }} as decimal(28, 8))
            end, 0
        )
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

{# The reporting period of a day, such as 2021-T3. #}
{% macro reporting_period(date) -%}
    cast(extract(year from {{ date }}) as varchar) || '-T' || cast(extract(quarter from {{ date }}) as varchar)
{%- endmacro %}

{# The last day of a reporting period such as 2021-T3. #}
{% macro period_end(period) -%}
    cast(
        substring({{ period }}, 1, 4)
        || case substring({{ period }}, 6, 2)
            when 'T1' then '-03-31'
            when 'T2' then '-06-30'
            when 'T3' then '-09-30'
            when 'T4' then '-12-31'
        end
        as date
    )
{%- endmacro %}

{# The mean of what there is, null where there is nothing; cast, since every engine has another type for it. #}
{% macro mean(expression) -%}
    cast(avg({{ expression }}) as decimal(18, 6))
{%- endmacro %}

{% macro years_in_months(expression) -%}
    cast({{ expression }} * 12 as decimal(9, 2))
{%- endmacro %}

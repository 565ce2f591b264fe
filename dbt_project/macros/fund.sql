{# The key of an award's line in dim_fund_line: the line, or the axis below it that the award names. #}
{% macro fund_line_key(row) -%}
    {{ row }}.line_code || coalesce('-' || {{ row }}.axis_code, '')
{%- endmacro %}

{# A department as INSEE writes it: `1` is 01 and `2a` is 2A. #}
{% macro department_code(expression) -%}
    case
        when length(trim({{ expression }})) = 1 then '0' || trim({{ expression }})
        else upper(trim({{ expression }}))
    end
{%- endmacro %}

{# Whether a SIRET ends in its key: of its fourteen digits every other one, from the first, is doubled (less nine above
   nine), and the sum is a multiple of ten (Luhn). La Poste has more establishments than such numbers: for its SIREN a
   plain sum that is a multiple of five does too. #}
{% macro is_siret_valid(siret) -%}
    case
        when length({{ siret }}) <> 14 or translate({{ siret }}, '0123456789', '') <> '' then false
        when mod({{ digit_sum(siret, is_doubled=true) }}, 10) = 0 then true
        when substring({{ siret }}, 1, 9) = '356000000' then mod({{ digit_sum(siret) }}, 5) = 0
        else false
    end
{%- endmacro %}

{% macro digit_sum(siret, is_doubled=false) -%}
    (
        {%- for position in range(1, 15) %}
        {%- set digit = "cast(substring(" ~ siret ~ ", " ~ position ~ ", 1) as integer)" %}
        {{ '+ ' if not loop.first }}
        {%- if is_doubled and position % 2 == 1 -%}
            2 * {{ digit }} - case when {{ digit }} > 4 then 9 else 0 end
        {%- else -%}
            {{ digit }}
        {%- endif %}
        {%- endfor %}
    )
{%- endmacro %}

{# The file of awards and the file of execution that stand for a moment (`moment`: the columns that name it), out of
   `candidates`: the latest period, and of one period the file received last. #}
{% macro submission_files(candidates, moment) -%}
    ranked as (

        select
            {% for column in moment %}{{ column }},
            {% endfor -%}
            table_name,
            period as table_period,
            receipt_id,
            row_number() over (
                partition by {{ moment | join(', ') }}, table_name
                order by period desc nulls last, received_at_utc desc nulls last, feed desc nulls last
            ) as recency
        from {{ candidates }}

    )

    select
        {% for column in moment %}{{ column }},
        {% endfor -%}
        max(case when table_name = 'awards' then receipt_id end) as awards_receipt_id,
        max(case when table_name = 'awards' then table_period end) as awards_period,
        max(case when table_name = 'execution' then receipt_id end) as execution_receipt_id,
        max(case when table_name = 'execution' then table_period end) as execution_period
    from ranked
    where recency = 1
    group by {{ moment | join(', ') }}
{%- endmacro %}

{# What the reporting tables say of a group of awards; a group without any has zeros and no ratio. #}
{% macro execution_figures(executed) -%}
    {%- for figure in ['awarded', 'committed', 'paid'] -%}
    cast(coalesce({{ executed }}.{{ figure }}_eur, 0) as decimal(18, 2)) as {{ figure }}_eur,
    {% endfor -%}
    cast(coalesce({{ executed }}.awarded_eur - {{ executed }}.committed_eur, 0) as decimal(18, 2)) as to_commit_eur,
    cast(coalesce({{ executed }}.committed_eur - {{ executed }}.paid_eur, 0) as decimal(18, 2)) as to_pay_eur,
    {{ ratio(executed ~ '.committed_eur', executed ~ '.awarded_eur') }} as commitment_ratio,
    {{ ratio(executed ~ '.paid_eur', executed ~ '.committed_eur') }} as payment_ratio
{%- endmacro %}

{# One row: what a mart makes of the whole fund, over its rows that meet `condition` or that have the greatest `last`. #}
{% macro fund_total(mart, condition='1 = 1', infix='', last=none) -%}
    select
        '{{ mart }}{{ infix }}' as mart,
        {{ sum_eur_or_zero('awarded' ~ infix ~ '_eur') }} as awarded_eur,
        {{ sum_eur_or_zero('committed' ~ infix ~ '_eur') }} as committed_eur,
        {{ sum_eur_or_zero('paid' ~ infix ~ '_eur') }} as paid_eur
    from {{ ref(mart) }}
    where
        {% if last -%}
            {{ last }} = (select max({{ last }}) from {{ ref(mart) }})
        {%- else -%}
            {{ condition }}
        {%- endif %}
{%- endmacro %}

{# What stands beside the awarded amount of a group of rows that say what each figure lacks, and whether all three
   figures are complete. #}
{% macro risk_sums() -%}
    {%- for part in ['rejected_eur', 'pending_eur', 'stale_eur', 'carried_forward_eur'] -%}
        {{ sum_eur("case when figure = 'awarded' then " ~ part ~ " end") }} as {{ part }},
    {% endfor -%}
    cast(sum(case when figure = 'awarded' then rounding_eur end) as decimal(38, 18)) as rounding_eur,
    {{ count_where('not is_complete') }} = 0 as is_complete
{%- endmacro %}

{# Those columns of `at_risk`, beside a total. #}
{% macro risk_columns(at_risk) -%}
    {%- for column in ['rejected_eur', 'pending_eur', 'stale_eur', 'carried_forward_eur', 'rounding_eur',
                       'is_complete'] -%}
        {{ at_risk }}.{{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}

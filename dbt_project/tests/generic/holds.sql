{# What always holds of one relation. One test a relation and not one a rule, because each test costs dbt more than
   DuckDB (docs/architecture.md). Fails with one row a rule that is broken: the rule in words, how many rows or keys
   break it, and one of them.
   `key`: the columns that name a row: no two rows with the same ones, no row without one. `keys`: several such keys.
   `accepted`: column -> the values that it may have. `references`: `column` is, where it is known, the `field` of a row
   of `to`. `within`: column -> the smallest and the largest number that it may be, where it is known. `filled`: columns
   in which every row has something. `row_count`: as many rows as there must be, because what is said of the rows of an
   empty table is always true. #}
{% test holds(model, key=none, keys=none, accepted={}, references=[], within={}, filled=[], row_count=none) %}
{%- set rules = [] %}
{%- for columns in keys or ([key] if key else []) %}
{%- do rules.append(broken_key(model, columns)) %}
{%- endfor %}
{%- for column, values in accepted.items() %}
{%- do rules.append(value_not_accepted(model, column, values)) %}
{%- endfor %}
{%- for reference in references %}
{%- do rules.append(unknown_reference(model, reference.column, reference.to, reference.field)) %}
{%- endfor %}
{%- for column, limits in within.items() %}
{%- do rules.append(value_beyond(model, column, limits)) %}
{%- endfor %}
{%- for column in filled %}
{%- do rules.append(cell_not_filled(model, column)) %}
{%- endfor %}
{%- if row_count is not none %}
{%- do rules.append(other_row_count(model, row_count)) %}
{%- endif %}
{%- if not rules %}
{{ exceptions.raise_compiler_error("the test `holds` of " ~ model ~ " states no rule") }}
{%- endif %}
{{ rules | join('\nunion all\n') }}
{% endtest %}

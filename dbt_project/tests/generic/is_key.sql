{# No two rows with the same key and no row without one. Fails with one row per key that is repeated or incomplete.
   `columns`: the key, when it has several columns or the test stands on the whole table. #}
{% test is_key(model, column_name=none, columns=none) %}
{%- set key = columns or [column_name] %}
select
    {{ key | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ key | join(', ') }}
having
    count(*) > 1
    {%- for column in key %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}

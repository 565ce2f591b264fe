{# As many rows as there must be: what is said of the rows of an empty table is always true. #}
{% test has_rows(model, exactly) %}
select count(*) as row_count
from {{ model }}
having count(*) <> {{ exactly }}
{% endtest %}

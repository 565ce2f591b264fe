{# How a build makes its relations. The file of a build is new (docs/architecture.md): there is nothing to replace, to
   rename, to back up or to grant, and dbt-duckdb's own materializations look for all of it, which costs more than the
   SQL itself. A second build into the same file is refused by the database, in words. The target `dev` is built into
   again and again, and has dbt-duckdb's own. #}
{% materialization table, adapter='duckdb' %}
    {%- if target.name == 'dev' -%}
        {{ return(dbt.materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do refuse_hooks(pre_hooks, post_hooks) -%}
    {%- if config.get('contract').enforced -%}
        {%- do create_table_of_contract(target_relation, sql) -%}
    {%- else -%}
        {%- call statement('create') -%}
            {{ get_create_table_as_sql(False, target_relation, sql) }}
        {%- endcall -%}
    {%- endif -%}
    {%- do created() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- if target.name == 'dev' -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- do refuse_hooks(pre_hooks, post_hooks) -%}
    {%- call statement('create') -%}
        {{ get_create_view_as_sql(target_relation, sql) }}
    {%- endcall -%}
    {%- do created() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# The contract is enforced as dbt does, names and types compared and every constraint in the table, but on the table
   that the SQL made: dbt compares before, by planning the same SQL once more. #}
{% macro create_table_of_contract(relation, sql) %}
    {%- set required = [] -%}
    {%- for column in model.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type != 'not_null' -%}
                {%- do exceptions.raise_compiler_error(
                    model.name ~ "." ~ column.name ~ ": of the constraints only not_null is made here, not "
                    ~ constraint.type ~ " (macros/materializations.sql)"
                ) -%}
            {%- endif -%}
            {%- do required.append(column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if model.constraints -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ ": constraints of a whole model are not made here (macros/materializations.sql)"
        ) -%}
    {%- endif -%}
    {%- call statement('create') -%}
        create table {{ relation }} as (
            {{ get_select_subquery(sql) }}
        )
    {%- endcall -%}
    {%- do get_assert_columns_equivalent('select * from ' ~ relation) -%}
    {%- if required -%}
        {%- call statement('constrain') -%}
            {%- for column in required %}
            alter table {{ relation }} alter column {{ column }} set not null;
            {%- endfor %}
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}


{# Ends a model's transaction, and says so where dbt looks for it. #}
{% macro created() %}
    {%- do adapter.commit() -%}
    {%- do store_raw_result('main', message='OK', code='OK', rows_affected=none) -%}
{% endmacro %}


{% macro refuse_hooks(pre_hooks, post_hooks) %}
    {%- if pre_hooks or post_hooks -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ " has a hook, which this project's materializations do not run (macros/materializations.sql)"
        ) -%}
    {%- endif -%}
{% endmacro %}

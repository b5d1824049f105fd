{# Tables and views are replaced by one statement, in which readers see the old or the new and never nothing. The
   materializations that come with dbt and dbt-duckdb build beside, rename twice and drop, which here takes longer than
   the models themselves. A contract is held as in those: names and types are compared before anything is built, and
   columns come in its order. #}

{% materialization table, adapter='duckdb' %}
    {{ return({'relations': [replace_relation('table')]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return({'relations': [replace_relation('view')]}) }}
{% endmaterialization %}

{% macro replace_relation(relation_type) %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type=relation_type) -%}
    {%- set is_contracted = config.get('contract').enforced -%}

    {{ run_hooks(pre_hooks) }}

    {%- if existing_relation is not none and existing_relation.type != relation_type -%}
        {{ drop_relation_if_exists(existing_relation) }}
    {%- endif -%}

    {%- call statement('main') -%}
        {%- if is_contracted -%}{{ get_assert_columns_equivalent(sql) }}{%- endif -%}
        create or replace {{ relation_type }} {{ target_relation }} as (
            {% if is_contracted %}{{ get_select_subquery(sql) }}{% else %}{{ sql }}{% endif %}
        )
    {%- endcall -%}

    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}

    {{ return(target_relation) }}
{% endmacro %}

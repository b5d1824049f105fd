{#
    One text key for what is unique only within its source system: 'hotcrm:D1'. Where the system does not name itself
    ('default') it is the only one of its home, and its ids are keys as they are. Null where the id is null.
#}
{% macro business_key(id_column, relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    case when {{ prefix }}source_system = 'default' then '' else {{ prefix }}source_system || ':' end || {{ prefix }}{{ id_column }}
{%- endmacro %}

{# The order of the versions of one thing (contracts.yml), the latest first; to be used in an order by. #}
{% macro latest_first(relation) -%}
    {{ relation }}.source_updated_at desc nulls last,
    {{ relation }}.recorded_at desc,
    {{ relation }}.source_file desc nulls last,
    {{ relation }}.record_number desc nulls last
{%- endmacro %}

{# True for a row whose edge to its parent in `column` was cut while loading. Names no row twice: use as a condition. #}
{% macro is_cut(relation, table, column, key) -%}
    exists (
        select 1
        from cut_edges
        where
            cut_edges.table_name = '{{ table }}'
            and cut_edges.column_name = '{{ column }}'
            and cut_edges.source_system = {{ relation }}.source_system
            and cut_edges.row_key = {{ relation }}.{{ key }}
    )
{%- endmacro %}

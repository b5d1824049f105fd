{# The dbt source (its columns, their types, meta) of a raw table, by the table's name. Only while executing: the
   graph is not there while parsing. #}
{% macro contract_of(table) %}
    {%- for source in graph.sources.values() if source.source_name == 'raw' and source.name == table -%}
        {{ return(source) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error('models/sources declares no raw table named ' ~ table ~ '.') }}
{% endmacro %}

{# The key columns that the contract gives a raw table. #}
{% macro contract_key(table) %}
    {{ return(contract_of(table).config.meta.key if execute else ['source_system']) }}
{% endmacro %}

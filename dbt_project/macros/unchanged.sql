{# True for a row whose columns all equal those of the row before it in its partition; null equals null. #}
{% macro unchanged(columns, partition_by, order_by) -%}
    {%- set window = 'over (partition by ' ~ partition_by ~ ' order by ' ~ order_by ~ ')' -%}
    lag({{ partition_by }}) {{ window }} is not null
    {%- for column in columns %}
        and ({{ column }} is not distinct from lag({{ column }}) {{ window }})
    {%- endfor %}
{%- endmacro %}

{# Takes the place of dbt's own test: keys are unique within a source system only, a row that is superseded or deleted
   points nowhere any more, and a parent is any row ever accepted. For the raw tables; models have business keys and
   name no source system. #}
{% test relationships(model, column_name, to, field) %}

{%- set of_raw = model.schema == 'raw' %}

with child as (
    select
        {{ column_name }} as parent_id
        {%- if of_raw %}, source_system{% endif %}
    from {{ model }}
    where
        {{ column_name }} is not null
        {%- if of_raw %}
        and superseded_at is null
        and not coalesce(is_deleted, false)
        {%- endif %}
)

select child.parent_id
from child
where not exists (
    select 1
    from {{ to }} as parent
    where
        parent.{{ field }} = child.parent_id
        {%- if of_raw %}
        and parent.source_system = child.source_system
        {%- endif %}
)

{% endtest %}

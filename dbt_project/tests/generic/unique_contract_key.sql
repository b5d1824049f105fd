{# Fails for each key of the contract of `table` that occurs more than once in the model. #}
{% test unique_contract_key(model, table) %}

{%- set key = contract_key(table) | join(', ') %}

select source_system, {{ key }}
from {{ model }}
group by source_system, {{ key }}
having count(*) > 1

{% endtest %}

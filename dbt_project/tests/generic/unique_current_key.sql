{# Fails for each key of a raw table that has more than one version not yet superseded. The key is the contract's. #}
{% test unique_current_key(model) %}

{%- set key = contract_key(model.identifier) | join(', ') %}

select source_system, {{ key }}
from {{ model }}
where superseded_at is null
group by source_system, {{ key }}
having count(*) > 1

{% endtest %}

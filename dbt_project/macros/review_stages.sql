{# The stages of a review in their order; a cancelled one has none. #}
{% macro review_stages() %}
    {{ return(['not_started', 'self_assessment', 'manager_review', 'calibration', 'delivery', 'sign_off', 'completed']) }}
{% endmacro %}

{% macro stage_rank(stage) -%}
    case {{ stage }} {% for name in review_stages() %}when '{{ name }}' then {{ loop.index0 }} {% endfor %}end
{%- endmacro %}

{% macro stage_name(rank) -%}
    case {{ rank }} {% for name in review_stages() %}when {{ loop.index0 }} then '{{ name }}' {% endfor %}end
{%- endmacro %}

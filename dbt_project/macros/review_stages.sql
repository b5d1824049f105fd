{# The stages of a review in their order; a cancelled one has none. #}
{% macro review_stages() %}
    {{ return(['not_started', 'self_assessment', 'manager_review', 'calibration', 'delivery', 'sign_off', 'completed']) }}
{% endmacro %}

{# The place of a stage known by name, counted from 0. #}
{% macro stage_number(name) -%}
    {{ review_stages().index(name) }}
{%- endmacro %}

{# The place of the stage in a column; null for a cancelled one. #}
{% macro stage_rank(column) -%}
    case {{ column }}
        {%- for name in review_stages() %}
            when '{{ name }}' then {{ loop.index0 }}
        {%- endfor %}
    end
{%- endmacro %}

{# The stage in a place. #}
{% macro stage_name(rank) -%}
    case {{ rank }}
        {%- for name in review_stages() %}
            when {{ loop.index0 }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

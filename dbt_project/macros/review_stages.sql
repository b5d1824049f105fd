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

{# The names in their order, one row each with its place, counted from 1: a SELECT. names: a list. #}
{% macro ordered_names(names, name_column, order_column) -%}
    {%- for name in names %}
    select
        '{{ name }}' as {{ name_column }},
        {{ loop.index }} as {{ order_column }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#
    The stages whose time can be held against a due date of the cycle: name, the day of the review on which it was
    done, and the cycle's due date.
#}
{% macro dated_stages() %}
    {{ return([
        ('self_assessment', 'self_submitted_on', 'self_assessment_due'),
        ('manager_review', 'manager_submitted_on', 'manager_review_due'),
        ('calibration', 'calibrated_on', 'calibration_due'),
        ('delivery', 'delivered_on', 'delivery_due'),
        ('sign_off', 'signed_on', 'sign_off_due'),
    ]) }}
{% endmacro %}

{#
    How long a goal is overdue, in the order of the buckets: name and last day of each (the first is the day after that
    of the bucket before); the last bucket is open.
#}
{% macro overdue_buckets() %}
    {{ return([('1_30', 30), ('31_90', 90), ('91_180', 180), ('over_180', none)]) }}
{% endmacro %}

{# The place of the bucket of a number of days overdue, counted from 1. #}
{% macro overdue_bucket_order(days) -%}
    case
        {%- for name, last_day in overdue_buckets() %}
            {{ 'when ' ~ days ~ ' <= ' ~ last_day ~ ' then ' if last_day else 'else ' }}{{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

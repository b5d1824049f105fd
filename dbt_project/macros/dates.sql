{# The day from which a state holds that has no first day, and the day to which one holds that has no last: the bounds
   of every date in the contracts. #}
{% macro open_start() -%} date '1900-01-01' {%- endmacro %}
{% macro open_end() -%} date '2199-12-31' {%- endmacro %}

{# The business day of a timestamp in UTC (R7). #}
{% macro business_date(timestamp, timezone='clock.business_timezone') -%}
    cast(({{ timestamp }} at time zone 'UTC') at time zone {{ timezone }} as date)
{%- endmacro %}

{# A date that counts only if it has come by as_of (R5), else null. #}
{% macro happened(day, as_of='clock.as_of') -%}
    case when {{ day }} <= {{ as_of }} then {{ day }} end
{%- endmacro %}

{# How many days the second day is after the first. #}
{% macro days_between(first_day, second_day) -%} {{ second_day }} - {{ first_day }} {%- endmacro %}

{# One row per day (column `day`) from the first to the last, both included. #}
{% macro date_spine(first_day, last_day) -%}
    select cast(series.day as date) as day
    from generate_series(cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 day) as series (day)
{%- endmacro %}

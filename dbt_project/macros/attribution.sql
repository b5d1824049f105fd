{# R6: the person is in the spell on the day; the end date is the last day, without one the spell goes on. #}
{% macro is_active_on(day, spells) -%}
    {{ spells }}.start_date <= {{ day }}
    and ({{ spells }}.end_date is null or {{ day }} <= {{ spells }}.end_date)
{%- endmacro %}

{# The day lies in the closed interval. #}
{% macro is_valid_on(day, intervals) -%}
    {{ intervals }}.valid_from <= {{ day }}
    and {{ day }} <= {{ intervals }}.valid_to
{%- endmacro %}

{# Where a person belonged, in the order of every fact that carries it (R2). #}
{% macro job_attributes(job_states) -%}
    {{ job_states }}.department_key,
    {{ job_states }}.position_key,
    {{ job_states }}.location,
    {{ job_states }}.job_level,
    {{ job_states }}.role_track,
    {{ job_states }}.job_family,
    {{ job_states }}.manager_person_key
{%- endmacro %}

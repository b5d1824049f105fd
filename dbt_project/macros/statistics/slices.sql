{#
    Where an event counts (R2, R3) and when: the dimensions and periods of the metrics.

    A relation that is sliced has, besides the columns carried along, department_key, location, job_level, role_track,
    job_family and manager_person_key. A null attribute gives no row.
#}

{# The names under which events are placed: period and slice, the key of every table of metrics. #}
{% macro metric_key_columns() -%}
{{ return(['metric', 'breakdown', 'period_type', 'period_id', 'dimension', 'member_id']) }}
{%- endmacro %}

{# The attributes by which a relation of events is sliced. #}
{% macro slice_attributes() -%}
{{ return(['department_key', 'location', 'job_level', 'role_track', 'job_family', 'manager_person_key']) }}
{%- endmacro %}

{#
    Sums of the measures by slice, without rolling up, in one pass over the relation. With a once_key, a row in which
    that is not null stands for something that occurs in several rows and counts once in a slice (R9).
#}
{% macro sums_by_slice(relation, columns, measures, once_key=none) -%}
{%- set carried = columns + ([once_key] if once_key else []) %}
{%- set frame = carried | join(', ') %}
    select
        {{ carried | join(',\n        ') }},
        case
            {%- for attribute in slice_attributes() %}
            when grouping({{ attribute }}) = 0 then '{{ dimension_of(attribute) }}'
            {%- endfor %}
            else 'company'
        end as dimension,
        case
            {%- for attribute in slice_attributes() %}
            when grouping({{ attribute }}) = 0 then cast({{ attribute }} as varchar)
            {%- endfor %}
            else 'all'
        end as member_id,
        {{ sums_once(measures, once_key) }}
    from {{ relation }}
    group by grouping sets (
        ({{ frame }}){% for attribute in slice_attributes() %},
        ({{ frame }}, {{ attribute }}){% endfor %}
    )
{%- endmacro %}

{# The dimension whose members an attribute names. #}
{% macro dimension_of(attribute) -%}
{{ {'department_key': 'department', 'manager_person_key': 'manager'}.get(attribute, attribute) }}
{%- endmacro %}

{#
    Sums by slice (of sums_by_slice) in which a department has the rows of all departments below it as well (R3).
    closure is the name of a CTE over int_department_closure.
#}
{% macro rolled_up(slices, closure, columns, measures, once_key=none) -%}
{%- set carried = columns + ([once_key] if once_key else []) %}
    select
        {{ slices }}.{{ carried | join(',\n        ' ~ slices ~ '.') }},
        {{ slices }}.dimension,
        {{ closure }}.ancestor_department_key as member_id,
        {{ sums_once(measures, once_key, slices ~ '.') }}
    from {{ slices }}
    inner join {{ closure }} on {{ slices }}.member_id = {{ closure }}.department_key
    where {{ slices }}.dimension = 'department'
    group by
        {{ slices }}.{{ carried | join(',\n        ' ~ slices ~ '.') }},
        {{ slices }}.dimension,
        {{ closure }}.ancestor_department_key
    union all
    select
        {{ carried | join(',\n        ') }},
        dimension,
        member_id,
        {{ measures | join(',\n        ') }}
    from {{ slices }}
    where dimension <> 'department' and member_id is not null
{%- endmacro %}

{# Sums of the measures; of rows with a once_key, which all say the same, the one value. #}
{% macro sums_once(measures, once_key, prefix='') -%}
{%- for measure in measures -%}
{%- if once_key -%}
case when {{ prefix }}{{ once_key }} is null then sum({{ prefix }}{{ measure }}) else max({{ prefix }}{{ measure }}) end as {{ measure }}
{%- else -%}
sum({{ prefix }}{{ measure }}) as {{ measure }}
{%- endif -%}
{%- if not loop.last %},
        {% endif %}
{%- endfor %}
{%- endmacro %}

{# One row per row of the relation and calendar period (quarter, year) in which the day falls. #}
{% macro in_calendar_periods(relation, day) -%}
    select
        {{ relation }}.*,
        'quarter' as period_type,
        cast(year({{ day }}) as varchar) || '-Q' || cast(quarter({{ day }}) as varchar) as period_id,
        cast(date_trunc('quarter', {{ day }}) as date) as period_start,
        cast(date_trunc('quarter', {{ day }}) + interval '3 months' - interval '1 day' as date) as period_end
    from {{ relation }}
    union all
    select
        {{ relation }}.*,
        'year' as period_type,
        cast(year({{ day }}) as varchar) as period_id,
        cast(date_trunc('year', {{ day }}) as date) as period_start,
        cast(date_trunc('year', {{ day }}) + interval '1 year' - interval '1 day' as date) as period_end
    from {{ relation }}
{%- endmacro %}

{# The cadences that count in quarters and years (M1); probation and ad hoc cycles have their own rows only. #}
{% macro regular_cadences() -%}
'annual', 'semi_annual', 'quarterly'
{%- endmacro %}

{#
    The columns that every relation of events has, from a relation with metric, numerator, denominator, excluded, a
    period and the attributes of slices. shared_event_key is the event's key where it stands in several rows.
#}
{% macro metric_events(relation, event_key, shared_event_key=none) -%}
    select
        metric,
        '' as breakdown,
        period_type,
        period_id,
        period_start,
        period_end,
        {{ event_key }} as event_key,
        {{ shared_event_key or 'cast(null as varchar)' }} as shared_event_key,
        person_key,
        cluster_key,
        {{ slice_attributes() | join(',\n        ') }},
        cast(numerator as decimal(18, 4)) as numerator,
        denominator,
        excluded
    from {{ relation }}
{%- endmacro %}

{# Join condition over the key of a row of metrics. #}
{% macro same_metric_key(one, other) -%}
{% for column in metric_key_columns() %}{{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

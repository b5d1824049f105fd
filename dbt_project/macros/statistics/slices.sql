{#
    Where an event counts (R2, R3) and when: the dimensions and periods of the metrics.

    A relation that is sliced has, besides the columns carried along, department_key, location, job_level, role_track,
    job_family and manager_person_key. A null attribute gives no row.
#}

{# The key of every table of metrics, as names with blanks between them. #}
{% macro metric_key() -%}
metric breakdown period_type period_id dimension member_id
{%- endmacro %}

{# The attributes by which a relation of events is sliced, as names with blanks between them. #}
{% macro slice_attributes() -%}
department_key location job_level role_track job_family manager_person_key
{%- endmacro %}

{# Columns with commas between them, each of the relation where one is given. names: a list, or text with blanks. #}
{% macro columns_of(names, relation=none) -%}
{%- for name in (names.split() if names is string else names) -%}
{{ relation ~ '.' if relation else '' }}{{ name }}{{ ', ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#
    Sums of the measures by slice, without rolling up. With a once_key, a row in which that is not null stands for
    something that occurs in several rows and counts once in a slice (R9). Rows that agree in everything are summed
    before they are sliced: a team of one place and level is one row then, which is most of the work saved.
#}
{% macro sums_by_slice(relation, columns, measures, once_key=none) -%}
{%- set carried = columns + ([once_key] if once_key else []) %}
    select
        {{ columns_of(carried) }},
        case
            {%- for attribute in slice_attributes().split() %}
            when grouping({{ attribute }}) = 0 then '{{ dimension_of(attribute) }}'
            {%- endfor %}
            else 'company'
        end as dimension,
        case
            {%- for attribute in slice_attributes().split() %}
            when grouping({{ attribute }}) = 0 then cast({{ attribute }} as varchar)
            {%- endfor %}
            else 'all'
        end as member_id,
        {{ sums_once(measures, once_key) }}
    from (
        select
            {{ columns_of(carried) }},
            {{ columns_of(slice_attributes()) }},
            {{ sums_once(measures, once_key) }}
        from {{ relation }}
        group by
            {{ columns_of(carried) }},
            {{ columns_of(slice_attributes()) }}
    ) as alike
    group by grouping sets (
        ({{ columns_of(carried) }}){% for attribute in slice_attributes().split() %},
        ({{ columns_of(carried + [attribute]) }}){% endfor %}
    )
{%- endmacro %}

{#
    Distinct people by slice, rolled up: CTEs to stand in a with, of which the last, people_by_slice, has n_people for
    each frame (the columns that tell apart what is counted, if any) and slice. A person who stands in several places of a frame
    counts once in each slice (R9). relation: a CTE with person_key; closure: one over int_department_closure.
#}
{% macro distinct_people_ctes(relation, closure, frame=[]) -%}
{%- set person = frame + ['person_key'] -%}
places as (
    select
        {{ columns_of(person) }},
        {{ columns_of(slice_attributes()) }}
    from {{ relation }}
    where person_key is not null
    group by
        {{ columns_of(person) }},
        {{ columns_of(slice_attributes()) }}
),

moved as (
    select {{ columns_of(person) }}
    from places
    group by {{ columns_of(person) }}
    having count(*) > 1
),

people as (
    select
        places.*,
        moved.person_key as moved_person_key,
        1 as n_people
    from places
    left join moved on {{ same_columns(person, 'places', 'moved') }}
),

own_people_by_slice as (
    {{ sums_by_slice('people', frame, ['n_people'], once_key='moved_person_key') }}
),

rolled_up_people as (
    {{ rolled_up('own_people_by_slice', closure, frame, ['n_people'], once_key='moved_person_key') }}
),

people_by_slice as (
    select
        {{ columns_of(frame + ['dimension', 'member_id']) }},
        cast(sum(n_people) as bigint) as n_people
    from rolled_up_people
    group by {{ columns_of(frame + ['dimension', 'member_id']) }}
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
        {{ columns_of(carried, slices) }},
        {{ slices }}.dimension,
        {{ closure }}.ancestor_department_key as member_id,
        {{ sums_once(measures, once_key, slices ~ '.') }}
    from {{ slices }}
    inner join {{ closure }} on {{ slices }}.member_id = {{ closure }}.department_key
    where {{ slices }}.dimension = 'department'
    group by
        {{ columns_of(carried, slices) }},
        {{ slices }}.dimension,
        {{ closure }}.ancestor_department_key
    union all
    select
        {{ columns_of(carried) }},
        dimension,
        member_id,
        {{ columns_of(measures) }}
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

{# The quarter of a day, as 2026-Q2. #}
{% macro quarter_id(day) -%}
cast(year({{ day }}) as varchar) || '-Q' || cast(quarter({{ day }}) as varchar)
{%- endmacro %}

{# One row per row of the relation and calendar period (quarter, year) in which the day falls. #}
{% macro in_calendar_periods(relation, day) -%}
    select
        {{ relation }}.*,
        'quarter' as period_type,
        {{ quarter_id(day) }} as period_id,
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
    period and the attributes of slices. shared_event_key is the event's key where it stands in several rows; breakdown
    the column with the part of the metric, where its definition names one.
#}
{% macro metric_events(relation, event_key, shared_event_key=none, breakdown=none) -%}
    select
        metric,
        {{ breakdown or "''" }} as breakdown,
        period_type,
        period_id,
        period_start,
        period_end,
        {{ event_key }} as event_key,
        {{ shared_event_key or 'cast(null as varchar)' }} as shared_event_key,
        person_key,
        cluster_key,
        {{ columns_of(slice_attributes()) }},
        cast(numerator as decimal(18, 4)) as numerator,
        denominator,
        excluded
    from {{ relation }}
{%- endmacro %}

{# Join condition: the columns of two relations are equal. names: a list, or text with blanks. #}
{% macro same_columns(names, one, other) -%}
{%- for name in (names.split() if names is string else names) -%}
{{ one }}.{{ name }} = {{ other }}.{{ name }}{{ ' and ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

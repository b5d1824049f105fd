{%- set job_columns = ['department_key', 'position_key', 'manager_person_key', 'location', 'employment_type', 'fte_pct'] -%}

with job_events as (
    select * from {{ ref('int_job_events') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

employees as (
    select * from {{ ref('stg_employees') }}
),

cut_edges as (
    select * from {{ source('ops', 'cut_edges') }}
),

positions as (
    select * from {{ ref('stg_positions_known') }}
),

changes as (
    select
        *,
        {{ unchanged(['interval_source'] + job_columns, 'person_key', 'valid_from') }} as is_unchanged
    from job_events
),

first_days as (
    select
        person_key,
        min(valid_from) as first_day
    from job_events
    group by person_key
),

timeline as (
    select
        person_key,
        valid_from,
        interval_source
    from changes
    where not is_unchanged
    union all
    select
        person_key,
        {{ open_start() }} as valid_from,
        null as interval_source
    from first_days
    where first_day > {{ open_start() }}
),

intervals as (
    select
        person_key,
        valid_from,
        interval_source,
        coalesce(lead(valid_from) over (partition by person_key order by valid_from) - 1, {{ open_end() }}) as valid_to,
        min(case when interval_source is not null then valid_from end) over (
            partition by person_key
            order by valid_from
            rows between current row and unbounded following
        ) as state_from
    from timeline
),

-- R2: a day of which nothing is known takes the earliest later state
dated_states as (
    select
        intervals.person_key,
        intervals.valid_from,
        intervals.valid_to,
        job_events.department_key,
        job_events.position_key,
        job_events.manager_person_key,
        job_events.location,
        job_events.employment_type,
        job_events.fte_pct,
        coalesce(intervals.interval_source, 'later_interval') as interval_source
    from intervals
    inner join job_events
        on
            job_events.person_key = intervals.person_key
            and job_events.valid_from = intervals.state_from
),

current_rows as (
    select
        person.person_key,
        {{ business_key('department_id', 'employees') }} as department_key,
        {{ business_key('position_id', 'employees') }} as position_key,
        case
            when managers.person_key <> person.person_key and not {{ is_cut('employees', 'employees', 'manager_id', 'employee_id') }}
                then managers.person_key
        end as manager_person_key,
        employees.location,
        employees.employment_type,
        employees.fte_pct,
        row_number() over (
            partition by person.person_key
            order by {{ latest_first('employees') }}, employees.source_system, employees.employee_id
        ) as choice
    from employees
    inner join person
        on
            person.source_system = employees.source_system
            and person.employee_id = employees.employee_id
    left join person as managers
        on
            managers.source_system = employees.source_system
            and managers.employee_id = employees.manager_id
),

-- R2: where there is no later one either, the employees row
undated_states as (
    select
        intervals.person_key,
        intervals.valid_from,
        intervals.valid_to,
        current_rows.department_key,
        current_rows.position_key,
        current_rows.manager_person_key,
        current_rows.location,
        current_rows.employment_type,
        current_rows.fte_pct,
        'employees_row' as interval_source
    from intervals
    inner join current_rows on current_rows.person_key = intervals.person_key
    where intervals.state_from is null and current_rows.choice = 1
),

states as (
    select * from dated_states
    union all
    select * from undated_states
),

final as (
    select
        states.*,
        positions.job_level,
        positions.job_family,
        positions.role_track
    from states
    left join positions on {{ business_key('position_id', 'positions') }} = states.position_key
)

select * from final

with clock as (
    select business_timezone from {{ source('ops', 'clock') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

cut_edges as (
    select * from {{ source('ops', 'cut_edges') }}
),

job_history as (
    select * from {{ ref('stg_job_history') }}
),

employees_versions as (
    select * from {{ ref('stg_employees_versions') }}
),

dated_versions as (
    select
        employees_versions.*,
        {{ business_date('employees_versions.recorded_at') }} as first_day,
        {{ business_date('employees_versions.superseded_at') }} as day_after
    from employees_versions
    cross join clock
),

-- a version of the employees row holds on the days at whose end it was the current one
observed as (
    select * from dated_versions
    where not coalesce(is_deleted, false) and (day_after is null or first_day < day_after)
),

stated as (
    select
        effective_from as valid_from,
        'job_history' as interval_source,
        source_system,
        employee_id,
        department_id,
        position_id,
        manager_id,
        location,
        employment_type,
        fte_pct,
        source_updated_at,
        recorded_at,
        source_file,
        record_number
    from job_history
    union all
    select
        first_day as valid_from,
        'employees_version' as interval_source,
        source_system,
        employee_id,
        department_id,
        position_id,
        case
            when day_after is null and {{ is_cut('observed', 'employees', 'manager_id', 'employee_id') }} then null
            else manager_id
        end as manager_id,
        location,
        employment_type,
        fte_pct,
        source_updated_at,
        recorded_at,
        source_file,
        record_number
    from observed
    union all
    -- where a version ends nothing is known, unless another begins on that day
    select
        day_after as valid_from,
        null as interval_source,
        source_system,
        employee_id,
        null as department_id,
        null as position_id,
        null as manager_id,
        null as location,
        null as employment_type,
        null as fte_pct,
        null as source_updated_at,
        recorded_at,
        null as source_file,
        null as record_number
    from observed
    where day_after is not null
),

of_person as (
    select
        person.person_key,
        stated.*,
        {{ business_key('department_id', 'stated') }} as department_key,
        {{ business_key('position_id', 'stated') }} as position_key,
        case when managers.person_key <> person.person_key then managers.person_key end as manager_person_key,
        min(case when stated.interval_source = 'job_history' then stated.valid_from end)
            over (partition by person.person_key) as history_begins
    from stated
    inner join person
        on
            person.source_system = stated.source_system
            and person.employee_id = stated.employee_id
    left join person as managers
        on
            managers.source_system = stated.source_system
            and managers.employee_id = stated.manager_id
),

-- R2: from its first day on job_history alone speaks; of several rows for one day the latest
ranked as (
    select
        *,
        row_number() over (
            partition by person_key, valid_from
            order by
                case when interval_source is null then 1 else 0 end,
                {{ latest_first('of_person') }},
                source_system,
                employee_id
        ) as choice
    from of_person
    where history_begins is null or interval_source = 'job_history' or valid_from < history_begins
),

final as (
    select
        person_key,
        valid_from,
        interval_source,
        department_key,
        position_key,
        manager_person_key,
        location,
        employment_type,
        fte_pct
    from ranked
    where choice = 1
)

select * from final

with employment_spells as (
    select * from {{ ref('int_employment_spells') }}
),

job_states as (
    select * from {{ ref('int_job_states') }}
),

employed as (
    select
        person_key,
        spell_number,
        start_date,
        coalesce(end_date, {{ open_end() }}) as last_day
    from employment_spells
),

final as (
    select
        employed.person_key,
        employed.spell_number,
        greatest(employed.start_date, job_states.valid_from) as valid_from,
        least(employed.last_day, job_states.valid_to) as valid_to,
        job_states.department_key,
        job_states.position_key,
        job_states.manager_person_key,
        job_states.location,
        job_states.employment_type,
        job_states.fte_pct,
        job_states.job_level,
        job_states.job_family,
        job_states.role_track,
        job_states.interval_source
    from employed
    inner join job_states
        on
            job_states.person_key = employed.person_key
            and job_states.valid_from <= employed.last_day
            and job_states.valid_to >= employed.start_date
)

select * from final

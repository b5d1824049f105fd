with clock as (
    select as_of from {{ source('ops', 'clock') }}
),

job_intervals as (
    select * from {{ ref('int_job_intervals') }}
),

employment_spells as (
    select * from {{ ref('int_employment_spells') }}
),

final as (
    select
        job_intervals.person_key || ':' || cast(job_intervals.valid_from as varchar) as employee_interval_key,
        job_intervals.person_key,
        job_intervals.valid_from,
        job_intervals.valid_to,
        {{ is_valid_on('clock.as_of', 'job_intervals') }} as is_current,
        job_intervals.spell_number,
        employment_spells.start_date as spell_start_date,
        employment_spells.end_date as spell_end_date,
        employment_spells.termination_type,
        job_intervals.department_key,
        job_intervals.position_key,
        job_intervals.manager_person_key,
        job_intervals.location,
        job_intervals.employment_type,
        job_intervals.fte_pct,
        job_intervals.job_level,
        job_intervals.job_family,
        job_intervals.role_track,
        job_intervals.interval_source
    from job_intervals
    cross join clock
    inner join employment_spells
        on
            employment_spells.person_key = job_intervals.person_key
            and employment_spells.spell_number = job_intervals.spell_number
)

select * from final

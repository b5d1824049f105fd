with pip_states as (
    select * from {{ ref('int_pip_states') }}
),

employment_spells as (
    select * from {{ ref('int_employment_spells') }}
),

job_states as (
    select * from {{ ref('int_job_states') }}
),

-- M7
left_during_plan as (
    select pip_states.pip_key
    from pip_states
    inner join employment_spells
        on
            employment_spells.person_key = pip_states.person_key
            and employment_spells.end_date >= pip_states.start_date
            and employment_spells.end_date <= pip_states.closed_on + {{ var('days_to_leave_after_plan') }}
    group by pip_states.pip_key
),

final as (
    select
        pip_states.pip_key,
        pip_states.person_key,
        pip_states.status,
        pip_states.outcome,
        pip_states.start_date,
        pip_states.closed_on,
        pip_states.planned_days,
        pip_states.extended_until,
        left_during_plan.pip_key is not null as has_left_during_plan,
        {{ job_attributes('job_states') }}
    from pip_states
    left join left_during_plan on left_during_plan.pip_key = pip_states.pip_key
    left join job_states
        on
            job_states.person_key = pip_states.person_key
            and {{ is_valid_on('pip_states.closed_on', 'job_states') }}
)

select * from final

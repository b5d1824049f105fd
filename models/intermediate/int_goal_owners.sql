with person as (
    select * from {{ source('identity', 'person') }}
),

goals as (
    select * from {{ ref('stg_goals') }}
),

goal_participants as (
    select * from {{ ref('stg_goal_participants') }}
),

employment_spells as (
    select * from {{ ref('int_employment_spells') }}
),

job_states as (
    select * from {{ ref('int_job_states') }}
),

personal_goals as (
    select * from goals
    where goal_level in ('individual', 'team')
),

named_owners as (
    select
        source_system,
        goal_id,
        target_date,
        owner_employee_id as employee_id
    from personal_goals
    where owner_employee_id is not null
    union all
    select
        personal_goals.source_system,
        personal_goals.goal_id,
        personal_goals.target_date,
        goal_participants.participant_id as employee_id
    from goal_participants
    inner join personal_goals
        on
            personal_goals.source_system = goal_participants.source_system
            and personal_goals.goal_id = goal_participants.goal_id
    where
        goal_participants.participant_type = 'employee'
        and goal_participants.role in ('owner', 'co_owner')
),

-- named twice, or under two employee_ids, a person still owns a goal once
owners as (
    select
        {{ business_key('goal_id', 'named_owners') }} as goal_key,
        person.person_key,
        named_owners.target_date
    from named_owners
    inner join person
        on
            person.source_system = named_owners.source_system
            and person.employee_id = named_owners.employee_id
    group by all
),

final as (
    select
        owners.goal_key,
        owners.person_key,
        employment_spells.person_key is not null as is_active_on_target_date,
        {{ job_attributes('job_states') }}
    from owners
    left join employment_spells
        on
            employment_spells.person_key = owners.person_key
            and {{ is_active_on('owners.target_date', 'employment_spells') }}
    left join job_states
        on
            job_states.person_key = owners.person_key
            and {{ is_valid_on('owners.target_date', 'job_states') }}
)

select * from final

with goal_states as (
    select * from {{ ref('int_goal_states') }}
),

goal_owners as (
    select * from {{ ref('int_goal_owners') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

with_active_owner as (
    select goal_key
    from goal_owners
    where is_active_on_target_date
    group by goal_key
),

final as (
    select
        goal_states.goal_key,
        goal_states.goal_level,
        goal_states.goal_category,
        goal_states.status,
        goal_states.start_date,
        goal_states.target_date,
        goal_states.completed_date,
        goal_states.cancelled_on,
        goal_states.progress_pct,
        goal_states.weight_pct,
        goal_states.parent_goal_key,
        goal_states.review_cycle_key,
        goal_states.department_key,
        person.person_key as owner_person_key,
        -- M5: without a completed_date, or without a target_date, never on time
        goal_states.status = 'completed'
        and coalesce(goal_states.completed_date <= goal_states.target_date, false) as is_completed_on_time,
        -- M4: only goals of people need an owner
        goal_states.goal_level in ('company', 'department')
        or with_active_owner.goal_key is not null as has_active_owner_on_target_date
    from goal_states
    left join with_active_owner on with_active_owner.goal_key = goal_states.goal_key
    left join person
        on
            person.source_system = goal_states.source_system
            and person.employee_id = goal_states.owner_employee_id
)

select * from final

with goals as (
    select * from {{ ref('stg_goals') }}
),

goal_participants as (
    select * from {{ ref('stg_goal_participants') }}
),

department_goals as (
    select * from goals
    where goal_level = 'department'
),

final as (
    select
        {{ business_key('goal_id', 'department_goals') }} as goal_key,
        {{ business_key('department_id', 'department_goals') }} as department_key
    from department_goals
    where department_goals.department_id is not null
    union
    select
        {{ business_key('goal_id', 'department_goals') }} as goal_key,
        {{ business_key('participant_id', 'goal_participants') }} as department_key
    from goal_participants
    inner join department_goals
        on
            department_goals.source_system = goal_participants.source_system
            and department_goals.goal_id = goal_participants.goal_id
    where
        goal_participants.participant_type = 'department'
        and goal_participants.role in ('owner', 'co_owner')
)

select * from final

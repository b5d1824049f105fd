{{ config(materialized='view') }}

with goals as (
    select * from {{ ref('stg_goals') }}
),

goal_participants as (
    select * from {{ ref('stg_goal_participants') }}
),

owned_by_participants as (
    select
        source_system,
        goal_id
    from goal_participants
    where participant_type = 'employee' and role in ('owner', 'co_owner')
    group by source_system, goal_id
),

final as (
    select
        {{ business_key('goal_id', 'goals') }} as goal_key,
        goals.title,
        goals.owner_employee_id is not null or owned_by_participants.goal_id is not null as has_owner
    from goals
    left join owned_by_participants
        on
            goals.source_system = owned_by_participants.source_system
            and goals.goal_id = owned_by_participants.goal_id
    where goals.goal_level in ('company', 'department')
)

select * from final

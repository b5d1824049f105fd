{{ config(materialized='view') }}

with clock as (
    select as_of from {{ source('ops', 'clock') }}
),

goals as (
    select * from {{ ref('stg_goals') }}
),

goal_updates as (
    select * from {{ ref('stg_goal_updates') }}
),

cut_edges as (
    select * from {{ source('ops', 'cut_edges') }}
),

updates_so_far as (
    select
        {{ business_key('goal_id', 'goal_updates') }} as goal_key,
        goal_updates.progress_pct,
        row_number() over (
            partition by goal_updates.source_system, goal_updates.goal_id
            order by goal_updates.updated_on desc, {{ latest_first('goal_updates') }}, goal_updates.goal_update_id desc
        ) as choice
    from goal_updates
    cross join clock
    where goal_updates.updated_on <= clock.as_of
),

last_updates as (
    select * from updates_so_far
    where choice = 1
),

-- R5: what is dated after as_of has not happened
dated as (
    select
        goals.*,
        {{ business_key('goal_id', 'goals') }} as goal_key,
        goals.status = 'cancelled' and coalesce(goals.cancelled_on <= clock.as_of, true) as is_cancelled,
        case
            when goals.status = 'completed' then coalesce(goals.completed_date <= clock.as_of, true)
            when goals.status = 'cancelled' then goals.completed_date <= clock.as_of
            else false
        end as is_completed,
        {{ happened('goals.completed_date') }} as completed_by_then,
        {{ happened('goals.cancelled_on') }} as cancelled_by_then
    from goals
    cross join clock
),

final as (
    select
        dated.goal_key,
        dated.goal_level,
        dated.goal_category,
        case
            when dated.is_cancelled then 'cancelled'
            when dated.is_completed then 'completed'
            when dated.status in ('cancelled', 'completed') then 'in_progress'
            else dated.status
        end as status,
        dated.start_date,
        dated.target_date,
        dated.completed_by_then as completed_date,
        dated.cancelled_by_then as cancelled_on,
        coalesce(last_updates.progress_pct, dated.progress_pct) as progress_pct,
        dated.weight_pct,
        case
            when not {{ is_cut('dated', 'goals', 'parent_goal_id', 'goal_id') }} then {{ business_key('parent_goal_id', 'dated') }}
        end as parent_goal_key,
        {{ business_key('review_cycle_id', 'dated') }} as review_cycle_key,
        {{ business_key('department_id', 'dated') }} as department_key,
        dated.source_system,
        dated.owner_employee_id
    from dated
    left join last_updates on last_updates.goal_key = dated.goal_key
)

select * from final

{{ config(materialized='view') }}

with goals as (
    select * from {{ ref('fct_goal') }}
),

goal_owners as (
    select * from {{ ref('int_goal_owners') }}
),

employment_spells as (
    select * from {{ ref('int_employment_spells') }}
),

goal_events as (
    select * from {{ ref('int_metric_events_goals') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

with_owner_today as (
    select goal_owners.goal_key
    from goal_owners
    cross join clock
    inner join employment_spells
        on
            goal_owners.person_key = employment_spells.person_key
            and {{ is_active_on('clock.as_of', 'employment_spells') }}
    group by goal_owners.goal_key
),

overdue as (
    select
        goals.goal_key,
        {{ days_between('goals.target_date', 'clock.as_of') }} as days_overdue
    from goals
    cross join clock
    left join with_owner_today on goals.goal_key = with_owner_today.goal_key
    where
        goals.target_date < clock.as_of
        and goals.status <> 'completed'
        and (goals.goal_level in ('company', 'department') or with_owner_today.goal_key is not null)
),

in_buckets as (
    select
        goal_key,
        {{ overdue_bucket_order('days_overdue') }} as bucket_order
    from overdue
),

-- what goal_completion_rate counts, where it counts it: a goal is due in one year
final as (
    select
        goal_events.event_key,
        goal_events.shared_event_key,
        goal_events.person_key,
        {{ columns_of(slice_attributes(), 'goal_events') }},
        in_buckets.bucket_order
    from goal_events
    left join in_buckets on goal_events.event_key = in_buckets.goal_key
    where
        goal_events.metric = 'goal_completion_rate'
        and goal_events.period_type = 'year'
        and goal_events.denominator > 0
)

select * from final

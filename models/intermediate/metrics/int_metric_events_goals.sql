with goals as (
    select * from {{ ref('fct_goal') }}
),

placements as (
    select * from {{ ref('int_goal_placements') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

due as (
    select
        goals.goal_key,
        goals.target_date,
        goals.is_completed_on_time,
        goals.status <> 'cancelled' and goals.has_active_owner_on_target_date is true as is_counted
    from goals
    cross join clock
    where goals.target_date <= clock.as_of
),

in_periods as (
    {{ in_calendar_periods('due', 'target_date') }}
),

goal_completion_rate as (
    select
        in_periods.*,
        placements.shared_goal_key,
        placements.person_key,
        placements.cluster_key,
        {{ columns_of(slice_attributes(), 'placements') }},
        'goal_completion_rate' as metric,
        case when is_counted and is_completed_on_time then 1 else 0 end as numerator,
        case when is_counted then 1 else 0 end as denominator,
        case when is_counted then 0 else 1 end as excluded
    from in_periods
    inner join placements on in_periods.goal_key = placements.goal_key
),

final as (
    {{ metric_events('goal_completion_rate', event_key='goal_key', shared_event_key='shared_goal_key') }}
)

select * from final

with reviews as (
    select * from {{ ref('fct_review') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

due as (
    select
        reviews.review_key,
        reviews.review_cycle_key,
        reviews.person_key,
        reviews.cluster_key,
        reviews.cadence,
        reviews.period_start as cycle_start,
        reviews.period_end as cycle_end,
        reviews.due_date,
        reviews.is_completed_on_schedule,
        reviews.stage <> 'cancelled' and reviews.is_active_on_due_date is true as is_counted,
        {{ columns_of(slice_attributes(), 'reviews') }}
    from reviews
    cross join clock
    where
        reviews.is_latest_of_cycle
        and reviews.due_date <= clock.as_of
        -- a review whose cycle has been deleted belongs to no period
        and reviews.period_end is not null
),

regular as (
    select * from due
    where cadence in ({{ regular_cadences() }})
),

in_periods as (
    select
        *,
        'cycle' as period_type,
        review_cycle_key as period_id,
        cycle_start as period_start,
        cycle_end as period_end
    from due
    union all
    {{ in_calendar_periods('regular', 'due_date') }}
),

review_completion_rate as (
    select
        *,
        'review_completion_rate' as metric,
        case when is_counted and is_completed_on_schedule then 1 else 0 end as numerator,
        case when is_counted then 1 else 0 end as denominator,
        case when is_counted then 0 else 1 end as excluded
    from in_periods
),

final as (
    {{ metric_events('review_completion_rate', event_key='review_key') }}
)

select * from final

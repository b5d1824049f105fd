with reviews as (
    select * from {{ ref('fct_review') }}
),

levels as (
    select * from {{ ref('int_review_levels') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

completed as (
    select
        reviews.review_key,
        reviews.review_cycle_key,
        reviews.person_key,
        reviews.cluster_key,
        reviews.cadence,
        reviews.period_start as cycle_start,
        reviews.period_end as cycle_end,
        reviews.final_rating,
        levels.final_level,
        levels.manager_level,
        levels.is_final_at_lower_bound,
        {{ columns_of(slice_attributes(), 'reviews') }}
    from reviews
    cross join clock
    left join levels on reviews.review_key = levels.review_key
    where
        reviews.is_latest_of_cycle
        and reviews.stage = 'completed'
        and reviews.period_end <= clock.as_of
),

regular as (
    select * from completed
    where cadence in ({{ regular_cadences() }})
),

in_calendar as (
    {{ in_calendar_periods('regular', 'cycle_end') }}
),

in_periods as (
    select
        *,
        row_number() over (
            partition by person_key, period_type, period_id, final_rating is null
            order by cycle_end desc, review_key desc
        ) as recency
    from in_calendar
    union all
    select
        *,
        'cycle' as period_type,
        review_cycle_key as period_id,
        cycle_start as period_start,
        cycle_end as period_end,
        1 as recency
    from completed
),

final as (
    select
        period_type,
        period_id,
        period_start,
        period_end,
        review_key,
        person_key,
        cluster_key,
        final_rating,
        final_level,
        manager_level,
        is_final_at_lower_bound,
        {{ columns_of(slice_attributes()) }}
    from in_periods
    where recency = 1 or final_rating is null
)

select * from final

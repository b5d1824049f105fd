{{ config(materialized="view") }}

with rating_periods as (
    select * from {{ ref('int_rating_periods') }}
),

rated as (
    select
        *,
        case when final_rating is null then 0 else 1 end as denominator,
        case when final_rating is null then 1 else 0 end as excluded
    from rating_periods
),

average_rating as (
    select
        *,
        'average_rating' as metric,
        coalesce(final_rating, 0) as numerator
    from rated
),

top_performer_ratio as (
    select
        *,
        'top_performer_ratio' as metric,
        case when final_level >= {{ var("top_performer_level", 4) }} then 1 else 0 end as numerator
    from rated
),

both_metrics as (
    select * from average_rating
    union all
    select * from top_performer_ratio
),

final as (
    {{ metric_events('both_metrics', event_key='review_key') }}
)

select * from final

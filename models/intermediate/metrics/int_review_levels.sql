with reviews as (
    select * from {{ ref('fct_review') }}
),

rating_scale as (
    select * from {{ ref('rating_scale') }}
),

level_ranges as (
    select
        level,
        lower_bound,
        lead(lower_bound) over (order by lower_bound) as next_lower_bound
    from rating_scale
    where scale = '{{ var("rating_scale", "default") }}'
),

final as (
    select
        reviews.review_key,
        final_ranges.level as final_level,
        manager_ranges.level as manager_level,
        reviews.final_rating = final_ranges.lower_bound as is_final_at_lower_bound
    from reviews
    left join level_ranges as final_ranges
        on
            reviews.final_rating >= final_ranges.lower_bound
            and (reviews.final_rating < final_ranges.next_lower_bound or final_ranges.next_lower_bound is null)
    left join level_ranges as manager_ranges
        on
            reviews.manager_rating >= manager_ranges.lower_bound
            and (reviews.manager_rating < manager_ranges.next_lower_bound or manager_ranges.next_lower_bound is null)
)

select * from final

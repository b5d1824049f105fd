with reviews as (
    select * from {{ ref('fct_review') }}
),

review_cycles as (
    select * from {{ ref('dim_review_cycle') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

in_cycles as (
    select
        reviews.*,
        {{ columns_of(dated_stages() | map('last') | list, 'review_cycles') }},
        clock.as_of
    from reviews
    inner join review_cycles on reviews.review_cycle_key = review_cycles.review_cycle_key
    cross join clock
    where reviews.is_latest_of_cycle
),

stages_due as (
    {% for stage, done_column, due_column in dated_stages() %}
        select
            *,
            '{{ stage }}' as stage_due,
            {{ done_column }} <= {{ due_column }} as is_on_time
        from in_cycles
        where {{ due_column }} <= as_of
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

review_stage_on_time_rate as (
    select
        *,
        'review_stage_on_time_rate' as metric,
        'cycle' as period_type,
        review_cycle_key as period_id,
        case when stage <> 'cancelled' and is_on_time then 1 else 0 end as numerator,
        case when stage <> 'cancelled' then 1 else 0 end as denominator,
        case when stage = 'cancelled' then 1 else 0 end as excluded
    from stages_due
),

final as (
    {{ metric_events('review_stage_on_time_rate', event_key='review_key', breakdown='stage_due') }}
)

select * from final

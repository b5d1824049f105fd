{%- set cycle = ['period_type', 'period_id', 'period_start', 'period_end', 'is_complete'] %}
{%- set slice = cycle + ['dimension', 'member_id'] %}
{%- set measures = ['n_reviews', 'n_people', 'n_excluded'] %}

with reviews as (
    select * from {{ ref('fct_review') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

stages as (
    {{ ordered_names(review_stages(), 'stage', 'stage_order') }}
),

-- R5: the reviews of a cycle that begins after as_of are not counted; M6: a person has one in a cycle
of_cycles as (
    select
        'cycle' as period_type,
        reviews.review_cycle_key as period_id,
        reviews.period_start,
        reviews.period_end,
        reviews.period_end <= clock.as_of as is_complete,
        stages.stage_order,
        {{ columns_of(slice_attributes(), 'reviews') }},
        case when reviews.stage <> 'cancelled' then 1 else 0 end as n_reviews,
        case when reviews.stage <> 'cancelled' and reviews.person_key is not null then 1 else 0 end as n_people,
        case when reviews.stage = 'cancelled' then 1 else 0 end as n_excluded
    from reviews
    cross join clock
    left join stages on reviews.stage = stages.stage
    where
        reviews.is_latest_of_cycle
        and reviews.period_start <= clock.as_of
),

own_slices as (
    {{ sums_by_slice('of_cycles', cycle + ['stage_order'], measures) }}
),

slices as (
    {{ rolled_up('own_slices', 'department_closure', cycle + ['stage_order'], measures) }}
),

final as (
    select
        {{ columns_of(slice, 'slices') }},
        stages.stage,
        stages.stage_order,
        cast(sum(case when slices.stage_order = stages.stage_order then slices.n_reviews else 0 end) as bigint) as n_at_stage,
        cast(sum(case when slices.stage_order >= stages.stage_order then slices.n_reviews else 0 end) as bigint) as n_reached,
        cast(sum(slices.n_reviews) as bigint) as n_reviews,
        cast(sum(slices.n_people) as bigint) as n_people,
        cast(sum(slices.n_excluded) as bigint) as n_excluded
    from slices
    cross join stages
    group by
        {{ columns_of(slice, 'slices') }},
        stages.stage,
        stages.stage_order
)

select * from final

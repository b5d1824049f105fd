{%- set slice = ['dimension', 'member_id'] %}

with goals_due as (
    select * from {{ ref('int_goals_due') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

buckets as (
    {{ ordered_names(overdue_buckets() | map('first') | list, 'overdue_bucket', 'bucket_order') }}
),

due as (
    select
        *,
        1 as n_goals
    from goals_due
),

own_slices as (
    {{ sums_by_slice('due', ['bucket_order'], ['n_goals'], once_key='shared_event_key') }}
),

slices as (
    {{ rolled_up('own_slices', 'department_closure', ['bucket_order'], ['n_goals'], once_key='shared_event_key') }}
),

{{ distinct_people_ctes('due', 'department_closure') }},

counts as (
    select
        {{ columns_of(slice, 'slices') }},
        buckets.overdue_bucket,
        buckets.bucket_order,
        cast(sum(case when slices.bucket_order = buckets.bucket_order then slices.n_goals else 0 end) as bigint) as n_goals,
        cast(sum(case when slices.bucket_order is not null then slices.n_goals else 0 end) as bigint) as n_overdue,
        cast(sum(slices.n_goals) as bigint) as n_due
    from slices
    cross join buckets
    group by
        {{ columns_of(slice, 'slices') }},
        buckets.overdue_bucket,
        buckets.bucket_order
),

final as (
    select
        counts.dimension,
        counts.member_id,
        counts.overdue_bucket,
        counts.bucket_order,
        counts.n_goals,
        counts.n_overdue,
        counts.n_due,
        coalesce(people_by_slice.n_people, 0) as n_people,
        clock.as_of
    from counts
    cross join clock
    left join people_by_slice on {{ same_columns(slice, 'counts', 'people_by_slice') }}
)

select * from final

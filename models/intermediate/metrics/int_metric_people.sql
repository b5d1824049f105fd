{%- set frame = ['metric', 'breakdown', 'period_type', 'period_id'] %}

with events as (
    select * from {{ ref('int_metric_events') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

places as (
    select
        {{ columns_of(frame) }},
        person_key,
        {{ columns_of(slice_attributes()) }}
    from events
    where denominator > 0 and person_key is not null
    group by
        {{ columns_of(frame) }},
        person_key,
        {{ columns_of(slice_attributes()) }}
),

moved as (
    select
        {{ columns_of(frame) }},
        person_key
    from places
    group by
        {{ columns_of(frame) }},
        person_key
    having count(*) > 1
),

people as (
    select
        places.*,
        moved.person_key as moved_person_key,
        1 as n_people
    from places
    left join moved on {{ same_columns(frame + ['person_key'], 'places', 'moved') }}
),

own_slices as (
    {{ sums_by_slice('people', frame, ['n_people'], once_key='moved_person_key') }}
),

slices as (
    {{ rolled_up('own_slices', 'department_closure', frame, ['n_people'], once_key='moved_person_key') }}
),

final as (
    select
        {{ columns_of(frame) }},
        dimension,
        member_id,
        cast(sum(n_people) as bigint) as n_people
    from slices
    group by
        {{ columns_of(frame) }},
        dimension,
        member_id
)

select * from final

{%- set frame = ['metric', 'breakdown', 'period_type', 'period_id'] %}

with events as (
    select * from {{ ref('int_metric_events') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

counted as (
    select * from events
    where denominator > 0
),

{{ distinct_people_ctes('counted', 'department_closure', frame) }},

final as (
    select * from people_by_slice
)

select * from final

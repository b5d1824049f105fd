{%- set frame = ['metric', 'breakdown', 'period_type', 'period_id', 'cluster_key'] %}
{%- set measures = ['numerator', 'denominator', 'excluded'] %}

with events as (
    select * from {{ ref('int_metric_events') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

own_slices as (
    {{ sums_by_slice('events', frame, measures, once_key='shared_event_key') }}
),

slices as (
    {{ rolled_up('own_slices', 'department_closure', frame, measures, once_key='shared_event_key') }}
),

final as (
    select
        metric,
        breakdown,
        period_type,
        period_id,
        dimension,
        member_id,
        cluster_key,
        sum(numerator) as numerator,
        cast(sum(denominator) as bigint) as denominator,
        cast(sum(excluded) as bigint) as n_excluded
    from slices
    group by metric, breakdown, period_type, period_id, dimension, member_id, cluster_key
)

select * from final

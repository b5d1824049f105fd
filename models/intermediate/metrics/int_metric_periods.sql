with events as (
    select * from {{ ref('int_metric_events') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

periods as (
    select
        period_type,
        period_id,
        period_start,
        period_end
    from events
    group by period_type, period_id, period_start, period_end
),

final as (
    select
        periods.*,
        periods.period_end <= clock.as_of as is_complete
    from periods
    cross join clock
)

select * from final

with pips as (
    select * from {{ ref('fct_pip') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

ended as (
    select
        pips.*,
        pips.status = 'closed' as is_closed,
        pips.status = 'closed' or pips.has_left_during_plan is true as is_counted,
        coalesce(pips.manager_person_key, pips.pip_key) as cluster_key
    from pips
    cross join clock
    where
        pips.closed_on <= clock.as_of
        and (pips.status = 'cancelled' or (pips.status = 'closed' and pips.outcome is not null))
),

in_periods as (
    {{ in_calendar_periods('ended', 'closed_on') }}
),

pip_success_rate as (
    select
        *,
        'pip_success_rate' as metric,
        case when is_closed and outcome = 'successful' then 1 else 0 end as numerator,
        case when is_counted then 1 else 0 end as denominator,
        case when is_counted then 0 else 1 end as excluded
    from in_periods
),

final as (
    {{ metric_events('pip_success_rate', event_key='pip_key') }}
)

select * from final

-- Fails for each period of dim_date that is not made of exactly the days from its start to its end.
with days as (
    select date_day, month_id as period_id, month_start as period_start, month_end as period_end from {{ ref('dim_date') }}
    union all
    select date_day, quarter_id as period_id, quarter_start as period_start, quarter_end as period_end from {{ ref('dim_date') }}
    union all
    select date_day, year_id as period_id, year_start as period_start, year_end as period_end from {{ ref('dim_date') }}
)

select period_id
from days
group by period_id
having
    min(date_day) <> min(period_start)
    or max(date_day) <> max(period_end)
    or min(period_start) <> max(period_start)
    or min(period_end) <> max(period_end)
    or count(*) <> max(period_end) - min(period_start) + 1

{{ config(materialized='view') }}

with ratings as (
    select * from {{ ref('int_metric_events_ratings') }}
),

reviews as (
    select * from {{ ref('int_metric_events_reviews') }}
),

goals as (
    select * from {{ ref('int_metric_events_goals') }}
),

pips as (
    select * from {{ ref('int_metric_events_pips') }}
),

stages as (
    select * from {{ ref('int_metric_events_stages') }}
),

final as (
    select * from ratings
    union all
    select * from reviews
    union all
    select * from goals
    union all
    select * from pips
    union all
    select * from stages
)

select * from final

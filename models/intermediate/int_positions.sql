{{ config(materialized='view') }}

with positions as (
    select * from {{ ref('stg_positions') }}
),

final as (
    select
        {{ business_key('position_id', 'positions') }} as position_key,
        title,
        job_family,
        job_level,
        role_track,
        is_critical_role,
        market_job_code
    from positions
)

select * from final

{{ config(materialized='view') }}

with positions as (
    select * from {{ ref('stg_positions_known') }}
),

final as (
    select
        {{ business_key('position_id', 'positions') }} as position_key,
        title,
        job_family,
        job_level,
        role_track,
        is_critical_role,
        market_job_code,
        is_deleted
    from positions
)

select * from final

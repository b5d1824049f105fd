{{ config(materialized='view') }}

with review_cycles as (
    select * from {{ ref('stg_review_cycles') }}
),

final as (
    select
        {{ business_key('review_cycle_id', 'review_cycles') }} as review_cycle_key,
        review_cycle_id,
        source_system,
        name,
        cadence,
        period_start,
        period_end,
        self_assessment_due,
        manager_review_due,
        calibration_due,
        delivery_due,
        sign_off_due
    from review_cycles
)

select * from final

with review_states as (
    select * from {{ ref('int_review_states') }}
),

employment_spells as (
    select * from {{ ref('int_employment_spells') }}
),

job_states as (
    select * from {{ ref('int_job_states') }}
),

final as (
    select
        review_states.review_key,
        review_states.review_cycle_key,
        review_states.person_key,
        review_states.rater_person_key,
        review_states.cadence,
        review_states.period_start,
        review_states.period_end,
        review_states.due_date,
        review_states.completed_on,
        review_states.self_submitted_on,
        review_states.manager_submitted_on,
        review_states.calibrated_on,
        review_states.delivered_on,
        review_states.signed_on,
        review_states.stage,
        -- M2
        review_states.stage = 'completed'
        and coalesce(review_states.completed_on <= review_states.due_date, false) as is_completed_on_schedule,
        employment_spells.person_key is not null as is_active_on_due_date,
        review_states.self_rating,
        review_states.manager_rating,
        review_states.final_rating,
        review_states.is_latest_of_cycle,
        {{ job_attributes('job_states') }},
        -- R8
        coalesce(review_states.rater_person_key, job_states.manager_person_key, review_states.review_key) as cluster_key
    from review_states
    left join employment_spells
        on
            employment_spells.person_key = review_states.person_key
            and {{ is_active_on('review_states.due_date', 'employment_spells') }}
    left join job_states
        on
            job_states.person_key = review_states.person_key
            and {{ is_valid_on('review_states.period_end', 'job_states') }}
)

select * from final

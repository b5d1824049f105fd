{{ config(materialized='view') }}

with clock as (
    select
        as_of,
        business_timezone
    from {{ source('ops', 'clock') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

reviews as (
    select * from {{ ref('stg_reviews') }}
),

review_cycles as (
    select * from {{ ref('stg_review_cycles') }}
),

of_person as (
    select
        reviews.*,
        {{ business_key('review_id', 'reviews') }} as review_key,
        {{ business_key('review_cycle_id', 'reviews') }} as review_cycle_key,
        person.person_key,
        raters.person_key as rater_person_key
    from reviews
    left join person
        on
            person.source_system = reviews.source_system
            and person.employee_id = reviews.employee_id
    left join person as raters
        on
            raters.source_system = reviews.source_system
            and raters.employee_id = reviews.manager_id
),

-- R7: days of the business
dated as (
    select
        of_person.*,
        clock.as_of,
        {{ business_date('of_person.self_submitted_at') }} as self_submitted_on,
        {{ business_date('of_person.manager_submitted_at') }} as manager_submitted_on,
        {{ business_date('of_person.calibrated_at') }} as calibrated_on,
        {{ business_date('of_person.delivered_at') }} as delivered_on,
        {{ business_date('least(of_person.employee_signed_at, of_person.manager_signed_at)') }} as first_signed_on,
        {{ business_date('greatest(of_person.employee_signed_at, of_person.manager_signed_at)') }} as last_signed_on
    from of_person
    cross join clock
),

-- M2: the later signature, else the delivery, else the manager's submission
measured as (
    select
        *,
        coalesce(last_signed_on, delivered_on, manager_submitted_on) as signed_off_on,
        coalesce(delivered_on, first_signed_on, calibrated_on, manager_submitted_on) as final_rating_known_on,
        greatest(
            self_submitted_on, manager_submitted_on, calibrated_on, delivered_on, first_signed_on, last_signed_on
        ) as latest_day,
        {{ stage_rank('stage') }} as stated_rank,
        case
            when first_signed_on <= as_of then {{ stage_number('sign_off') }}
            when delivered_on <= as_of then {{ stage_number('delivery') }}
            when calibrated_on <= as_of then {{ stage_number('calibration') }}
            when manager_submitted_on <= as_of then {{ stage_number('manager_review') }}
            when self_submitted_on <= as_of then {{ stage_number('self_assessment') }}
            else {{ stage_number('not_started') }}
        end as reached_rank
    from dated
),

-- R5: a stage whose time is after as_of has not happened; a cancellation has no time
turned as (
    select
        *,
        case
            when stage = 'cancelled' then false
            when stage = 'completed' then coalesce(signed_off_on > as_of, false)
            else coalesce(latest_day > as_of, false)
        end as is_turned_back
    from measured
),

stated as (
    select
        *,
        case when is_turned_back then {{ stage_name('least(stated_rank, reached_rank)') }} else stage end as stage_on_day
    from turned
),

final as (
    select
        stated.review_key,
        stated.review_cycle_key,
        stated.person_key,
        stated.rater_person_key,
        review_cycles.cadence,
        review_cycles.period_start,
        review_cycles.period_end,
        coalesce(stated.due_date, review_cycles.sign_off_due) as due_date,
        case when stated.stage_on_day = 'completed' then stated.signed_off_on end as completed_on,
        {{ happened('stated.self_submitted_on', 'stated.as_of') }} as self_submitted_on,
        {{ happened('stated.manager_submitted_on', 'stated.as_of') }} as manager_submitted_on,
        {{ happened('stated.calibrated_on', 'stated.as_of') }} as calibrated_on,
        {{ happened('stated.delivered_on', 'stated.as_of') }} as delivered_on,
        {{ happened('stated.last_signed_on', 'stated.as_of') }} as signed_on,
        stated.stage_on_day as stage,
        case
            when coalesce(stated.self_submitted_on <= stated.as_of, not stated.is_turned_back) then stated.self_rating
        end as self_rating,
        case
            when coalesce(stated.manager_submitted_on <= stated.as_of, not stated.is_turned_back) then stated.manager_rating
        end as manager_rating,
        case
            when not stated.is_turned_back or stated.final_rating_known_on <= stated.as_of then stated.final_rating
        end as final_rating,
        -- M6
        row_number() over (
            partition by coalesce(stated.person_key, stated.review_key), stated.review_cycle_key
            order by {{ latest_first('stated') }}, stated.review_id desc
        ) = 1 as is_latest_of_cycle
    from stated
    left join review_cycles
        on
            review_cycles.source_system = stated.source_system
            and review_cycles.review_cycle_id = stated.review_cycle_id
)

select * from final

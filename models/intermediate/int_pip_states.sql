{{ config(materialized='view') }}

with clock as (
    select as_of from {{ source('ops', 'clock') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

pips as (
    select * from {{ ref('stg_pips') }}
),

-- R5: a closing after as_of has not happened
dated as (
    select
        pips.*,
        coalesce(pips.closed_on > clock.as_of, false) as is_closed_later
    from pips
    cross join clock
),

final as (
    select
        {{ business_key('pip_id', 'dated') }} as pip_key,
        person.person_key,
        case when dated.is_closed_later and dated.status in ('closed', 'cancelled') then 'active' else dated.status end as status,
        case when not dated.is_closed_later then dated.outcome end as outcome,
        dated.start_date,
        case when not dated.is_closed_later then dated.closed_on end as closed_on,
        dated.planned_days,
        dated.extended_until
    from dated
    left join person
        on
            person.source_system = dated.source_system
            and person.employee_id = dated.employee_id
)

select * from final

with clock as (
    select as_of from {{ source('ops', 'clock') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

employees as (
    select * from {{ ref('stg_employees') }}
),

employment_spells as (
    select * from {{ ref('stg_employment_spells') }}
),

people as (
    select
        person.person_key,
        employees.*
    from employees
    inner join person
        on
            person.source_system = employees.source_system
            and person.employee_id = employees.employee_id
),

recorded_spells as (
    select
        people.person_key,
        employment_spells.start_date,
        employment_spells.end_date,
        employment_spells.termination_type
    from employment_spells
    inner join people
        on
            people.source_system = employment_spells.source_system
            and people.employee_id = employment_spells.employee_id
),

stated_spells as (
    select
        person_key,
        start_date,
        end_date,
        termination_type
    from recorded_spells
    union all
    select
        people.person_key,
        people.hire_date as start_date,
        people.termination_date as end_date,
        people.termination_type
    from people
    where people.person_key not in (select recorded_spells.person_key from recorded_spells)
),

-- R5: an end after as_of has not happened
spells_on_day as (
    select
        stated_spells.person_key,
        stated_spells.start_date,
        coalesce({{ happened('stated_spells.end_date') }}, {{ open_end() }}) as end_date,
        case when stated_spells.end_date <= clock.as_of then stated_spells.termination_type end as termination_type
    from stated_spells
    cross join clock
),

latest_end_before as (
    select
        *,
        max(end_date) over (
            partition by person_key
            order by start_date
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from spells_on_day
),

-- spells that share a day are one; in range, so that those of one first day have one number in whatever order they come
numbered as (
    select
        *,
        sum(case when start_date <= end_before then 0 else 1 end) over (
            partition by person_key
            order by start_date
            range between unbounded preceding and current row
        ) as spell_number
    from latest_end_before
),

with_last_day as (
    select
        *,
        max(end_date) over (partition by person_key, spell_number) as last_day
    from numbered
),

final as (
    select
        person_key,
        cast(spell_number as bigint) as spell_number,
        min(start_date) as start_date,
        nullif(last_day, {{ open_end() }}) as end_date,
        max(case when end_date = last_day then termination_type end) as termination_type
    from with_last_day
    group by person_key, spell_number, last_day
)

select * from final

{{ config(materialized="view") }}

with goals as (
    select * from {{ ref('fct_goal') }}
),

owners as (
    select * from {{ ref('int_goal_owners') }}
),

goal_departments as (
    select * from {{ ref('int_goal_departments') }}
),

job_states as (
    select * from {{ ref('int_job_states') }}
),

personal as (
    select
        goals.goal_key,
        goals.owner_person_key,
        owners.person_key,
        {{ columns_of(slice_attributes(), 'owners') }},
        owners.manager_person_key as owner_manager_person_key
    from goals
    left join owners
        on
            goals.goal_key = owners.goal_key
            and (owners.is_active_on_target_date or not goals.has_active_owner_on_target_date)
    where goals.goal_level in ('individual', 'team')
),

of_departments as (
    select
        goals.goal_key,
        goals.owner_person_key,
        goals.owner_person_key as person_key,
        goal_departments.department_key,
        null as location,
        null as job_level,
        null as role_track,
        null as job_family,
        null as manager_person_key,
        job_states.manager_person_key as owner_manager_person_key
    from goals
    left join goal_departments on goals.goal_key = goal_departments.goal_key
    left join job_states
        on
            goals.owner_person_key = job_states.person_key
            and {{ is_valid_on('goals.target_date', 'job_states') }}
    where goals.goal_level in ('department', 'company')
),

placed as (
    select * from personal
    union all
    select * from of_departments
),

shared as (
    select
        goal_key,
        coalesce(
            max(case when person_key = owner_person_key then owner_manager_person_key end),
            min(owner_manager_person_key)
        ) as owner_manager_person_key
    from placed
    group by goal_key
    having count(*) > 1
),

final as (
    select
        placed.goal_key,
        placed.person_key,
        {{ columns_of(slice_attributes(), 'placed') }},
        shared.goal_key as shared_goal_key,
        coalesce(
            shared.owner_manager_person_key, placed.owner_manager_person_key, placed.goal_key
        ) as cluster_key
    from placed
    left join shared on placed.goal_key = shared.goal_key
)

select * from final

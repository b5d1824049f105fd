{{ config(materialized='view') }}

with departments as (
    select * from {{ ref('stg_departments_known') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

final as (
    select
        {{ business_key('department_id', 'departments') }} as department_key,
        departments.name,
        heads.person_key as head_person_key,
        departments.cost_center,
        departments.location,
        departments.is_deleted
    from departments
    left join person as heads
        on
            heads.source_system = departments.source_system
            and heads.employee_id = departments.head_employee_id
)

select * from final

with departments as (
    select * from {{ ref('stg_departments') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

person as (
    select * from {{ source('identity', 'person') }}
),

paths as (
    select
        department_key,
        cast(max(depth) + 1 as bigint) as level,
        max(case when depth = 1 then ancestor_department_key end) as parent_department_key,
        string_agg(ancestor_department_key, ' > ' order by depth desc) as path
    from department_closure
    group by department_key
),

final as (
    select
        paths.department_key,
        departments.name,
        paths.parent_department_key,
        paths.level,
        paths.path,
        heads.person_key as head_person_key,
        departments.cost_center,
        departments.location
    from departments
    inner join paths on paths.department_key = {{ business_key('department_id', 'departments') }}
    left join person as heads
        on
            heads.source_system = departments.source_system
            and heads.employee_id = departments.head_employee_id
)

select * from final

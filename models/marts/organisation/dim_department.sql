with departments as (
    select * from {{ ref('int_departments') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
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
        departments.head_person_key,
        departments.cost_center,
        departments.location,
        departments.is_deleted
    from departments
    inner join paths on paths.department_key = departments.department_key
)

select * from final

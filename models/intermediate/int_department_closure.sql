with recursive departments as (
    select * from {{ ref('stg_departments_known') }}
),

cut_edges as (
    select * from {{ source('ops', 'cut_edges') }}
),

tree as (
    select
        {{ business_key('department_id', 'departments') }} as department_key,
        case
            when not {{ is_cut('departments', 'departments', 'parent_department_id', 'department_id') }}
                then {{ business_key('parent_department_id', 'departments') }}
        end as parent_department_key
    from departments
),

-- upwards from each department, never twice through the same one
closure as (
    select
        department_key as ancestor_department_key,
        department_key,
        0 as depth,
        {{ path_of('department_key') }} as path
    from tree
    union all
    select
        parents.department_key as ancestor_department_key,
        closure.department_key,
        closure.depth + 1 as depth,
        closure.path || {{ path_of('parents.department_key') }} as path
    from closure
    inner join tree on tree.department_key = closure.ancestor_department_key
    inner join tree as parents on parents.department_key = tree.parent_department_key
    where not {{ is_on_path('parents.department_key', 'closure.path') }}
),

final as (
    select
        ancestor_department_key,
        department_key,
        depth
    from closure
)

select * from final

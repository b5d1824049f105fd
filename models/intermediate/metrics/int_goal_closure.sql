with recursive goals as (
    select * from {{ ref('fct_goal') }}
),

anchors as (
    select * from {{ ref('int_goal_anchors') }}
),

tree as (
    select
        goals.goal_key,
        anchors.anchor_goal_key as parent_goal_key
    from goals
    left join anchors on goals.parent_goal_key = anchors.goal_key
    where goals.goal_level in ('company', 'department')
),

-- upwards from each goal, never twice through the same one
closure as (
    select
        goal_key as ancestor_goal_key,
        goal_key,
        0 as depth,
        {{ path_of('goal_key') }} as path
    from tree
    union all
    select
        tree.parent_goal_key as ancestor_goal_key,
        closure.goal_key,
        closure.depth + 1 as depth,
        closure.path || {{ path_of('tree.parent_goal_key') }} as path
    from closure
    inner join tree on closure.ancestor_goal_key = tree.goal_key
    where not {{ is_on_path('tree.parent_goal_key', 'closure.path') }}
),

final as (
    select
        ancestor_goal_key,
        goal_key,
        depth
    from closure
)

select * from final

with goals as (
    select * from {{ ref('fct_goal') }}
),

organisation_goals as (
    select * from {{ ref('int_organisation_goals') }}
),

goal_owners as (
    select * from {{ ref('int_goal_owners') }}
),

anchors as (
    select * from {{ ref('int_goal_anchors') }}
),

closure as (
    select * from {{ ref('int_goal_closure') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

-- R5: a goal that begins after as_of is not counted
begun as (
    select
        anchors.anchor_goal_key,
        goals.goal_key,
        goals.progress_pct,
        goals.status = 'cancelled' as is_cancelled,
        goals.status = 'completed' as is_completed
    from goals
    inner join anchors on goals.goal_key = anchors.goal_key
    cross join clock
    where goals.goal_level in ('individual', 'team') and goals.start_date <= clock.as_of
),

directly_below as (
    select
        anchor_goal_key,
        sum(case when not is_cancelled then 1 else 0 end) as n_goals,
        sum(case when is_completed then 1 else 0 end) as n_completed,
        count(case when not is_cancelled then progress_pct end) as n_with_progress,
        sum(case when not is_cancelled then progress_pct end) as progress,
        sum(case when is_cancelled then 1 else 0 end) as n_excluded
    from begun
    group by anchor_goal_key
),

-- R3; R1: where no goal has a progress the sum is null
below as (
    select
        closure.ancestor_goal_key as goal_key,
        cast(sum(directly_below.n_goals) as bigint) as n_goals_below,
        cast(sum(directly_below.n_completed) as bigint) as n_completed_below,
        cast(sum(directly_below.progress) as double) / sum(directly_below.n_with_progress) as progress_below,
        cast(sum(directly_below.n_excluded) as bigint) as n_excluded
    from closure
    inner join directly_below on closure.goal_key = directly_below.anchor_goal_key
    group by closure.ancestor_goal_key
),

owners_directly_below as (
    select
        begun.anchor_goal_key,
        goal_owners.person_key
    from begun
    inner join goal_owners on begun.goal_key = goal_owners.goal_key
    where not begun.is_cancelled
    group by begun.anchor_goal_key, goal_owners.person_key
),

people_below as (
    select
        closure.ancestor_goal_key as goal_key,
        count(distinct owners_directly_below.person_key) as n_people
    from closure
    inner join owners_directly_below on closure.goal_key = owners_directly_below.anchor_goal_key
    group by closure.ancestor_goal_key
),

places as (
    select
        goal_key,
        cast(max(depth) as bigint) as depth,
        max(case when depth = 1 then ancestor_goal_key end) as parent_goal_key
    from closure
    group by goal_key
),

final as (
    select
        goals.goal_key,
        places.parent_goal_key,
        roots.ancestor_goal_key as root_goal_key,
        places.depth,
        goals.goal_level,
        organisation_goals.title,
        case when goals.goal_level = 'department' then goals.department_key end as department_key,
        goals.start_date,
        goals.target_date,
        {{ quarter_id('goals.target_date') }} as period_id,
        organisation_goals.has_owner,
        case when not organisation_goals.has_owner then goals.status end as own_status,
        case when not organisation_goals.has_owner then goals.progress_pct end as own_progress_pct,
        coalesce(below.n_goals_below, 0) as n_goals_below,
        coalesce(below.n_completed_below, 0) as n_completed_below,
        below.progress_below,
        coalesce(people_below.n_people, 0) as n_people,
        coalesce(below.n_excluded, 0) as n_excluded
    from goals
    inner join organisation_goals on goals.goal_key = organisation_goals.goal_key
    inner join places on goals.goal_key = places.goal_key
    inner join closure as roots on places.goal_key = roots.goal_key and places.depth = roots.depth
    left join below on goals.goal_key = below.goal_key
    left join people_below on goals.goal_key = people_below.goal_key
)

select * from final

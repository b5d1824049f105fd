with recursive goals as (
    select * from {{ ref('fct_goal') }}
),

goals_of_people as (
    select
        goal_key,
        parent_goal_key
    from goals
    where goal_level in ('individual', 'team')
),

-- downwards from each goal of the organisation; a goal has one parent, so that whoever is reached is in no cycle
anchored as (
    select
        goal_key,
        goal_key as anchor_goal_key
    from goals
    where goal_level in ('company', 'department')
    union all
    select
        goals_of_people.goal_key,
        anchored.anchor_goal_key
    from anchored
    inner join goals_of_people on anchored.goal_key = goals_of_people.parent_goal_key
),

final as (
    select * from anchored
)

select * from final

with recursive job_intervals as (
    select * from {{ ref('int_job_intervals') }}
),

changes as (
    select
        *,
        {{ unchanged(['spell_number', 'manager_person_key'], 'person_key', 'valid_from') }} as is_unchanged
    from job_intervals
),

begun as (
    select
        person_key,
        valid_from,
        valid_to,
        manager_person_key,
        sum(case when is_unchanged then 0 else 1 end) over (
            partition by person_key
            order by valid_from
            rows between unbounded preceding and current row
        ) as stretch
    from changes
),

-- one row per person and stretch under the same manager
edges as (
    select
        person_key,
        manager_person_key,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from begun
    where manager_person_key is not null
    group by person_key, manager_person_key, stretch
),

-- upwards from each person, through the managers of the same days, never twice through the same one
closure as (
    select
        manager_person_key as ancestor_person_key,
        person_key,
        valid_from,
        valid_to,
        1 as depth,
        {{ path_of('person_key') }} || {{ path_of('manager_person_key') }} as path
    from edges
    union all
    select
        edges.manager_person_key as ancestor_person_key,
        closure.person_key,
        greatest(closure.valid_from, edges.valid_from) as valid_from,
        least(closure.valid_to, edges.valid_to) as valid_to,
        closure.depth + 1 as depth,
        closure.path || {{ path_of('edges.manager_person_key') }} as path
    from closure
    inner join edges
        on
            edges.person_key = closure.ancestor_person_key
            and edges.valid_from <= closure.valid_to
            and edges.valid_to >= closure.valid_from
    where not {{ is_on_path('edges.manager_person_key', 'closure.path') }}
),

final as (
    select
        ancestor_person_key,
        person_key,
        valid_from,
        valid_to,
        depth
    from closure
)

select * from final

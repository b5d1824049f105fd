{%- set whole = ['period_type', 'period_id', 'dimension', 'member_id'] %}
{%- set slice = whole + ['period_start', 'period_end'] %}

with level_counts as (
    select * from {{ ref('int_rating_level_counts') }}
),

rating_scale as (
    select * from {{ ref('rating_scale') }}
),

rating_reference as (
    select * from {{ ref('rating_reference') }}
),

clock as (
    select * from {{ source('ops', 'clock') }}
),

dictionary as (
    select * from {{ ref('metric_dictionary') }}
),

levels as (
    select
        rating_scale.level,
        rating_reference.reference_share,
        dictionary.version as definition_version
    from rating_scale
    left join dictionary on dictionary.metric = 'rating_distribution'
    left join rating_reference
        on
            rating_scale.scale = rating_reference.scale
            and rating_scale.level = rating_reference.level
    where rating_scale.scale = '{{ var("rating_scale", "default") }}'
),

counts as (
    select
        {{ columns_of(slice, 'level_counts') }},
        levels.level,
        levels.reference_share,
        levels.definition_version,
        cast(sum(case when level_counts.final_level = levels.level then level_counts.n else 0 end) as bigint) as n,
        cast(
            sum(case when level_counts.final_level = levels.level then level_counts.n_at_lower_bound else 0 end) as bigint
        ) as n_at_lower_bound,
        cast(
            sum(case when level_counts.manager_level = levels.level then level_counts.n else 0 end) as bigint
        ) as n_before_calibration
    from level_counts
    cross join levels
    group by
        {{ columns_of(slice, 'level_counts') }},
        levels.level,
        levels.reference_share,
        levels.definition_version
),

totals as (
    select
        *,
        cast(sum(n) over (partition by {{ columns_of(whole) }}) as bigint) as n_rated,
        cast(sum(n_before_calibration) over (partition by {{ columns_of(whole) }}) as bigint) as n_rated_before_calibration
    from counts
),

final as (
    select
        {{ columns_of(slice, 'totals') }},
        totals.level,
        totals.n,
        totals.n_rated,
        totals.n / totals.n_rated as share,
        totals.n_before_calibration,
        totals.n_rated_before_calibration,
        totals.n_before_calibration / nullif(totals.n_rated_before_calibration, 0) as share_before_calibration,
        totals.n_at_lower_bound,
        totals.reference_share,
        totals.period_end <= clock.as_of as is_complete,
        totals.definition_version
    from totals
    cross join clock
)

select * from final

with clusters as (
    select * from {{ ref('int_metric_clusters') }}
),

people as (
    select * from {{ ref('int_metric_people') }}
),

totals as (
    select
        {{ columns_of(metric_key()) }},
        cast(sum(numerator) as double) as numerator,
        cast(sum(denominator) as bigint) as denominator,
        cast(sum(n_excluded) as bigint) as n_excluded,
        count(case when denominator > 0 then 1 end) as n_clusters,
        cast(sum(numerator) as double) / nullif(sum(denominator), 0) as value
    from clusters
    group by {{ columns_of(metric_key()) }}
),

deviations as (
    select
        {{ columns_of(metric_key(), 'totals') }},
        {{ reproducible_sum('power(clusters.numerator - clusters.denominator * totals.value, 2)') }} as squared_cluster_deviations
    from totals
    inner join clusters on {{ same_columns(metric_key(), 'totals', 'clusters') }}
    group by {{ columns_of(metric_key(), 'totals') }}
),

final as (
    select
        totals.*,
        coalesce(people.n_people, 0) as n_people,
        {{ cluster_variance('deviations.squared_cluster_deviations', 'totals.denominator', 'totals.n_clusters') }} as variance
    from totals
    inner join deviations on {{ same_columns(metric_key(), 'totals', 'deviations') }}
    left join people on {{ same_columns(metric_key(), 'totals', 'people') }}
)

select * from final

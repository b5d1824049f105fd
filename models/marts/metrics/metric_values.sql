with totals as (
    select * from {{ ref('int_metric_totals') }}
),

periods as (
    select * from {{ ref('int_metric_periods') }}
),

dictionary as (
    select * from {{ ref('metric_dictionary') }}
),

t_quantiles as (
    select * from {{ ref('t_quantiles') }}
),

described as (
    select
        totals.*,
        dictionary.estimator,
        dictionary.version as definition_version,
        dictionary.lower_limit,
        dictionary.upper_limit,
        case when totals.n_clusters >= 3 then dictionary.ci_method else 'too_few_clusters' end as ci_method,
        totals.denominator / {{ design_effect('totals.value', 'totals.variance', 'totals.denominator') }} as effective_n,
        {{ t_quantile_975('t_quantiles.quantile_975', '(totals.n_clusters - 1)') }} as t_quantile
    from totals
    left join dictionary on totals.metric = dictionary.metric
    left join t_quantiles on totals.n_clusters - 1 = t_quantiles.df
),

final as (
    select
        described.metric,
        described.breakdown,
        described.period_type,
        described.period_id,
        periods.period_start,
        periods.period_end,
        described.dimension,
        described.member_id,
        described.numerator,
        cast(described.denominator as double) as denominator,
        described.value,
        described.estimator,
        described.ci_method,
        case described.ci_method
            when 'cluster_t'
                then {{ mean_lower('described.value', 'described.variance', 'described.t_quantile', 'described.lower_limit') }}
            when 'cluster_wilson' then {{ wilson_lower('described.value', 'described.effective_n') }}
        end as ci_low,
        case described.ci_method
            when 'cluster_t'
                then {{ mean_upper('described.value', 'described.variance', 'described.t_quantile', 'described.upper_limit') }}
            when 'cluster_wilson' then {{ wilson_upper('described.value', 'described.effective_n') }}
        end as ci_high,
        described.n_clusters,
        periods.is_complete,
        described.n_people,
        described.n_excluded,
        described.definition_version
    from described
    inner join periods
        on
            described.period_type = periods.period_type
            and described.period_id = periods.period_id
)

select * from final

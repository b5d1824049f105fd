{#
    Intervals for events that come in clusters, rule R8: people of one manager are rated alike, so that the managers
    are the sample and not the people.
#}

{# A sum of doubles in fixed point: the same to the last digit whatever the order in which threads add. #}
{% macro reproducible_sum(value) -%}
cast(sum(cast({{ value }} as decimal(38, 12))) as double)
{%- endmacro %}

{#
    Variance of a mean of n events in G clusters: G / (G - 1) * sum over clusters of (sum of (x - mean))^2 / n^2.
    squared_cluster_deviations is that sum over clusters. Null below three clusters.
#}
{% macro cluster_variance(squared_cluster_deviations, n, n_clusters) -%}
case
        when {{ n_clusters }} >= 3
            then {{ squared_cluster_deviations }} * {{ n_clusters }} / ({{ n_clusters }} - 1) / {{ n }} / {{ n }}
    end
{%- endmacro %}

{# How many times larger the variance of a proportion is than that of n independent events; 1 at least. #}
{% macro design_effect(proportion, variance, n) -%}
case
        when {{ variance }} is null then null
        when {{ proportion }} <= 0 or {{ proportion }} >= 1 then 1
        else greatest(1, {{ variance }} / ({{ proportion }} * (1 - {{ proportion }}) / {{ n }}))
    end
{%- endmacro %}

{# Limits of a mean within the range of its values. A null variance gives null (greatest and least pass over it). #}
{% macro mean_lower(mean, variance, quantile, lowest) -%}
case when {{ variance }} is not null then {{ limit_of_interval('greatest(' ~ lowest ~ ', ' ~ mean ~ ' - ' ~ quantile ~ ' * sqrt(' ~ variance ~ '))') }} end
{%- endmacro %}

{% macro mean_upper(mean, variance, quantile, highest) -%}
case when {{ variance }} is not null then {{ limit_of_interval('least(' ~ highest ~ ', ' ~ mean ~ ' + ' ~ quantile ~ ' * sqrt(' ~ variance ~ '))') }} end
{%- endmacro %}

{# A limit without the last digits, in which machines differ: 0 is 0 and not 3e-18. #}
{% macro limit_of_interval(limit) -%}
round({{ limit }}, 12)
{%- endmacro %}

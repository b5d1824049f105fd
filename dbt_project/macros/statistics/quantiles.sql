{# The 0.975 quantile of the standard normal distribution: every 95% interval is built on it. #}
{% macro normal_quantile_975() -%}
1.959963984540054e0
{%- endmacro %}

{#
    The 0.975 quantile of Student's t with df degrees of freedom: the tabulated one (left join to t_quantiles on df)
    or, beyond the table, the normal quantile with its corrections in 1/df (Abramowitz and Stegun 26.7.5).
#}
{% macro t_quantile_975(tabulated, df) -%}
{%- set z = normal_quantile_975() | float -%}
{%- set corrections = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
] -%}
coalesce(
        {{ tabulated }},
        {{ normal_quantile_975() }}
        {%- for correction in corrections %} + {{ correction }} / power({{ df }}, {{ loop.index }}){% endfor %}
    )
{%- endmacro %}

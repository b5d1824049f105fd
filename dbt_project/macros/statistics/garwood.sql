{#
    Exact 95% limits of a Poisson mean (Garwood 1936): the tabulated one (left join to poisson_limits on events) or,
    beyond the table, Wilson and Hilferty's cube. Divided by the person-years they are the limits of a rate.
#}
{% macro garwood_lower(tabulated, events) -%}
coalesce({{ tabulated }}, {{ wilson_hilferty(events, '-') }})
{%- endmacro %}

{% macro garwood_upper(tabulated, events) -%}
coalesce({{ tabulated }}, {{ wilson_hilferty('(' ~ events ~ ' + 1)', '+') }})
{%- endmacro %}

{% macro wilson_hilferty(events, sign) -%}
{{ events }} * power(1 - 1e0 / (9 * {{ events }}) {{ sign }} {{ normal_quantile_975() }} / (3 * sqrt({{ events }})), 3)
{%- endmacro %}

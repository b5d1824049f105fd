{#
    Wilson's 95% limits of a proportion of n events (Wilson 1927); n may be a fraction, as when it is divided by a
    design effect. A null n gives null (greatest and least alone would pass over it).
#}
{% macro wilson_lower(proportion, n) -%}
case when {{ n }} is not null then {{ limit_of_interval('greatest(0, ' ~ wilson_limit(proportion, n, '-') ~ ')') }} end
{%- endmacro %}

{% macro wilson_upper(proportion, n) -%}
case when {{ n }} is not null then {{ limit_of_interval('least(1, ' ~ wilson_limit(proportion, n, '+') ~ ')') }} end
{%- endmacro %}

{% macro wilson_limit(proportion, n, sign) -%}
{%- set z = normal_quantile_975() -%}
{%- set p = proportion -%}
({{ p }} + {{ z }} * {{ z }} / (2 * {{ n }}) {{ sign }} {{ z }} * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }}))) / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}

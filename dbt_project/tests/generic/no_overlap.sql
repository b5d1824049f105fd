{# Fails for each interval [valid_from, valid_to] that ends before it begins or shares a day with another of its key. #}
{% test no_overlap(model, key, valid_from='valid_from', valid_to='valid_to') %}

with intervals as (
    select
        {{ key }} as interval_key,
        {{ valid_from }} as first_day,
        coalesce({{ valid_to }}, {{ open_end() }}) as last_day,
        lead({{ valid_from }}) over (partition by {{ key }} order by {{ valid_from }}) as next_first_day
    from {{ model }}
)

select * from intervals
where last_day < first_day or next_first_day <= last_day

{% endtest %}

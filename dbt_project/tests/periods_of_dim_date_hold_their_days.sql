-- Fails for each period of dim_date that is not made of exactly the days from its start to its end.
{% for period in ['month', 'quarter', 'year'] %}
    {{ 'union all' if not loop.first }}
    select {{ period }}_id as period_id
    from {{ ref('dim_date') }}
    group by {{ period }}_id
    having
        min(date_day) <> min({{ period }}_start)
        or max(date_day) <> max({{ period }}_end)
        or min({{ period }}_start) <> max({{ period }}_start)
        or min({{ period }}_end) <> max({{ period }}_end)
        or count(*) <> max({{ period }}_end) - min({{ period }}_start) + 1
{% endfor %}

with days as (
    {{ date_spine(open_start(), open_end()) }}
),

starts as (
    select
        day,
        cast(date_trunc('month', day) as date) as month_start,
        cast(date_trunc('quarter', day) as date) as quarter_start,
        cast(date_trunc('year', day) as date) as year_start
    from days
),

final as (
    select
        day as date_day,
        extract(year from day) || '-' || lpad(cast(extract(month from day) as varchar), 2, '0') as month_id,
        month_start,
        cast(month_start + interval 1 month as date) - 1 as month_end,
        extract(year from day) || '-Q' || extract(quarter from day) as quarter_id,
        quarter_start,
        cast(quarter_start + interval 3 month as date) - 1 as quarter_end,
        cast(extract(year from day) as varchar) as year_id,
        year_start,
        cast(year_start + interval 1 year as date) - 1 as year_end
    from starts
)

select * from final

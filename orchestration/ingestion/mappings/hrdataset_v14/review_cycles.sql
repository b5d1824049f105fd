-- One row per calendar year of a last review: the export knows no cycles, only the day on which each person's last review was.
with export as (
    select
        record_number,
        year(try_strptime(trim("LastPerformanceReview_Date"), '%m/%d/%Y')) as review_year
    from "HRDataset_v14"
),

years as (
    select
        cast(review_year as varchar) as review_year,
        min(record_number) as record_number
    from export
    where review_year is not null
    group by review_year
),

final as (
    select
        record_number,
        review_year as review_cycle_id,
        'Annual review ' || review_year as name,
        'annual' as cadence,
        review_year || '-01-01' as period_start,
        review_year || '-12-31' as period_end,
        review_year || '-12-31' as sign_off_due,
        json_object(
            'review_cycle_id', 'assumed: one annual cycle for each calendar year in which somebody''s last review was',
            'sign_off_due', 'assumed: the last day of the year, the export has no due dates'
        ) as source_note
    from years
)

select * from final

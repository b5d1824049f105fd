-- One row per person with a last review. PerformanceScore, the label, is the rating; PerfScoreID beside it differs here and there.
with export as (
    select
        record_number,
        trim("EmpID") as employee_id,
        trim("PerformanceScore") as label,
        trim("PerfScoreID") as label_id,
        trim("LastPerformanceReview_Date") as reviewed,
        try_strptime(trim("LastPerformanceReview_Date"), '%m/%d/%Y') as reviewed_on,
        try_strptime(trim("DateofHire"), '%m/%d/%Y') as hire_date,
        try_strptime(trim("DateofTermination"), '%m/%d/%Y') as termination_date
    from "HRDataset_v14"
    where nullif(trim("LastPerformanceReview_Date"), '') is not null
),

rated as (
    select
        *,
        case lower(label)
            when 'exceeds' then '4'
            when 'fully meets' then '3'
            when 'needs improvement' then '2'
            when 'pip' then '1'
            else label
        end as final_rating,
        -- noon: the same day in every time zone a business may have
        coalesce(strftime(reviewed_on, '%Y-%m-%dT12:00:00'), reviewed) as signed_at
    from export
),

final as (
    select
        record_number,
        employee_id || '-' || year(reviewed_on) as review_id,
        cast(year(reviewed_on) as varchar) as review_cycle_id,
        employee_id,
        'completed' as stage,
        signed_at as employee_signed_at,
        signed_at as manager_signed_at,
        final_rating,
        json_merge_patch('{}', json_object(
            'review_id', 'made from EmpID and the year of LastPerformanceReview_Date',
            'stage', 'assumed: a last review is completed, and both signed on its day, at noon for want of a time',
            'final_rating', 'by PerformanceScore: Exceeds 4, Fully Meets 3, Needs Improvement 2, PIP 1',
            'findings', nullif(
                case when final_rating is distinct from label_id then [{
                    'rule': 'rating_label_disagrees_with_id',
                    'detail': 'PerfScoreID is not the id of what PerformanceScore says: the label holds'
                }] else [] end
                || case when reviewed_on < hire_date or reviewed_on > termination_date then [{
                    'rule': 'review_outside_employment',
                    'detail': 'reviewed on ' || strftime(reviewed_on, '%Y-%m-%d') || ', employed from ' || strftime(hire_date, '%Y-%m-%d')
                    || coalesce(' to ' || strftime(termination_date, '%Y-%m-%d'), '')
                }] else [] end,
                []
            )
        )) as source_note
    from rated
)

select * from final

-- One row per person with an engagement score: the mean of one survey, 1 to 5, which the export does not date.
with export as (
    select
        record_number,
        trim("EmpID") as employee_id,
        trim("EngagementSurvey") as score,
        trim("LastPerformanceReview_Date") as reviewed,
        try_strptime(trim("LastPerformanceReview_Date"), '%m/%d/%Y') as reviewed_on
    from "HRDataset_v14"
    where nullif(trim("EngagementSurvey"), '') is not null
),

final as (
    select
        record_number,
        employee_id || '-engagement-' || year(reviewed_on) as response_id,
        'engagement-' || year(reviewed_on) as survey_id,
        'engagement' as survey_type,
        employee_id,
        'engagement' as driver,
        score,
        '5' as score_max,
        coalesce(strftime(reviewed_on, '%Y-%m-%d'), reviewed) as responded_on,
        json_object(
            'score', 'EngagementSurvey, a mean over the questions of a survey, on a scale to 5',
            'responded_on', 'assumed: the day of the last review, the export does not date the survey',
            'survey_id', 'assumed: one survey in each calendar year of responded_on'
        ) as source_note
    from export
)

select * from final

{{ current_version('review_assessment_items') }}

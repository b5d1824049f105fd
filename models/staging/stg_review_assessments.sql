{{ current_version('review_assessments') }}

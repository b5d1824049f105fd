{{ current_version('talent_assessments') }}

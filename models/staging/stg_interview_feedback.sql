{{ current_version('interview_feedback') }}

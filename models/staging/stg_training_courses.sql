{{ current_version('training_courses') }}

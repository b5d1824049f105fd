{{ current_version('training_enrollments') }}

{{ current_version('training_course_skills') }}

{{ current_version('employee_skills') }}

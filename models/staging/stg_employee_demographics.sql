{{ current_version('employee_demographics') }}

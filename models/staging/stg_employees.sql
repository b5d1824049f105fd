{{ current_version('employees') }}

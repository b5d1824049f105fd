{{ current_version('departments') }}

{{ current_version('check_ins') }}

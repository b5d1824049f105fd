{{ current_version('goals') }}

{{ current_version('positions') }}

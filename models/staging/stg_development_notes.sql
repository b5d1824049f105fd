{{ current_version('development_notes') }}

{{ current_version('feedback') }}

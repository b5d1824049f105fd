{{ current_version('skills') }}

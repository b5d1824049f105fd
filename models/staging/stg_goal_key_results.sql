{{ current_version('goal_key_results') }}

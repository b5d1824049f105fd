{{ current_version('goal_updates') }}

{{ current_version('goal_participants') }}

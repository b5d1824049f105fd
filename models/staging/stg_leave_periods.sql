{{ current_version('leave_periods') }}

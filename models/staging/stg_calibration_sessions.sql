{{ current_version('calibration_sessions') }}

{{ current_version('calibration_adjustments') }}

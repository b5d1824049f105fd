{{ current_version('job_history') }}

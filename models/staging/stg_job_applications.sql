{{ current_version('job_applications') }}

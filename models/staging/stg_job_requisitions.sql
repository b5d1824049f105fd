{{ current_version('job_requisitions') }}

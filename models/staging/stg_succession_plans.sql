{{ current_version('succession_plans') }}

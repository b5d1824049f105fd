{{ current_version('compensation_decisions') }}

{{ current_version('compensation_records') }}

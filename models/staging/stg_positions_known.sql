{{ last_version('positions', 'position_id') }}

{{ current_version('pips') }}

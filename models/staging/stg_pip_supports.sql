{{ current_version('pip_supports') }}

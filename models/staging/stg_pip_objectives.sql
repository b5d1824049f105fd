{{ current_version('pip_objectives') }}

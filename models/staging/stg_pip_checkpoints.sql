{{ current_version('pip_checkpoints') }}

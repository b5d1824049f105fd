{{ current_version('salary_bands') }}

{{ current_version('fx_rates') }}

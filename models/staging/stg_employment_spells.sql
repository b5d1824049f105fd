{{ current_version('employment_spells') }}

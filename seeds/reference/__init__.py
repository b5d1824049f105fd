"""Reference tables (dbt seeds): what the organisation declares, what the metrics mean, and the limits of intervals."""

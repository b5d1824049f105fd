{{ current_version('review_cycles') }}

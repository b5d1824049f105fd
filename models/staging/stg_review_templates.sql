{{ current_version('review_templates') }}

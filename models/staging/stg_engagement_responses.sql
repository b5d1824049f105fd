{{ current_version('engagement_responses') }}

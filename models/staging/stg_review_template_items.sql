{{ current_version('review_template_items') }}

{{ current_version('reviews') }}

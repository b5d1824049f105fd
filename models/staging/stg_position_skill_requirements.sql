{{ current_version('position_skill_requirements') }}

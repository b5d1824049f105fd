{{ last_version('departments', 'department_id') }}

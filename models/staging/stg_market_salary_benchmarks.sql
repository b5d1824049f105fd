{{ current_version('market_salary_benchmarks') }}

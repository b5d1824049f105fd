"""identity.person: the only table after staging that says who a person is.

Belongs here: giving keys. Does not belong here: reading employees (load).
"""

from __future__ import annotations

import duckdb


def identify(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every employee_id ever accepted its random, permanent person_key; keep names as they stand."""
    connection.execute(
        "insert into identity.person (person_key, source_system, employee_id) "
        "select substr(replace(cast(uuid() as varchar), '-', ''), 1, 12), source_system, employee_id "
        "from (select distinct source_system, employee_id from raw.employees) e "
        "where not exists (select 1 from identity.person p where p.source_system = e.source_system and p.employee_id = e.employee_id)"
    )
    connection.execute(
        "update identity.person as p set display_name = e.display_name, work_email = e.work_email from raw.employees e "
        "where e.superseded_at is null and p.source_system = e.source_system and p.employee_id = e.employee_id "
        "and (p.display_name is distinct from e.display_name or p.work_email is distinct from e.work_email)"
    )
    repeated = connection.execute("select count(*) - count(distinct person_key) from identity.person").fetchone()
    if repeated and repeated[0]:
        msg = "two people drew the same random person_key; run again"
        raise RuntimeError(msg)

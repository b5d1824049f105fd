"""Who shares goals: two people of a team, departments that work together, sponsors of company goals.

Here: the table goal_participants. Not here: who shares with whom in a team (cascade.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.draws import Integers
from seeds.company.goals import titles as wording
from seeds.company.goals.cascade import Quarter
from seeds.company.goals.keys import goal_ids
from seeds.company.history.record import History
from seeds.company.people.tables import department_ids
from seeds.company.sink import Rows, words

CO_OWNS = 0.6
ROLES = ["owner", "co_owner", "contributor", "sponsor"]
OWNER, CO_OWNER, CONTRIBUTOR, SPONSOR = range(4)


def _frame(key: Integers, kind: str, participant: pl.Series, role: Integers) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "goal_id": goal_ids(key),
            "participant_type": pl.Series([kind], dtype=pl.String).new_from_index(0, len(key)),
            "participant_id": participant.alias("participant_id"),
            "role": words(ROLES, role),
        }
    )


def write_participants(quarter: Quarter, seen: Integers, history: History, rows: Rows) -> None:
    """Hand over the table goal_participants of the goals numbered `seen`."""
    goals, draws = quarter.goals, history.parameters.draws("goals.sharing")
    departments = len(history.structure.department_name)

    def second(key: Integers) -> Integers:
        return np.where(draws.sub("role").chance(CO_OWNS, key), CO_OWNER, CONTRIBUTOR)

    shared = seen[goals["mate"][seen] >= 0]
    key = goals["key"][shared]
    people = np.concatenate((goals["owner"][shared], goals["mate"][shared]))
    roles = np.concatenate((np.full(len(shared), OWNER), second(key)))
    by_people = _frame(np.concatenate((key, key)), "employee", history.employee_id(people), roles)

    top = seen[goals["level"][seen] == wording.DEPARTMENT_LEVEL]
    crosses = draws.sub("crosses").chance(history.parameters.cross_functional_goal_share * (departments > 2), goals["key"][top])
    crossing = top[crosses]
    key = goals["key"][crossing]
    other = (goals["department"][crossing] + draws.sub("other").integers(1, max(departments, 2), key)) % departments
    by_departments = _frame(key, "department", department_ids(pl.Series(other, dtype=pl.Int64)), second(key))

    company = seen[goals["level"][seen] == wording.COMPANY_LEVEL]
    key = goals["key"][company] if len(quarter.sponsors) else np.empty(0, dtype=np.int64)
    chosen = quarter.sponsors[draws.sub("sponsor").integers(0, len(quarter.sponsors), key)]
    sponsored = _frame(key, "employee", history.employee_id(chosen), np.full(len(key), SPONSOR))
    rows.table("goal_participants", pl.concat([by_people, by_departments, sponsored]))

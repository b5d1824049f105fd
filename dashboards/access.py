"""Who looks, and what that role may see. Until there is a login, nobody is signed in, or somebody simulates it.

Belongs here: roles, the viewer, the development mode. Does not belong here: queries (data), pages (registry).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.settings import Settings

ROLES = {
    "leader": "Leader",
    "hr_partner": "HR partner",
    "analyst": "Analyst",
    "data_admin": "Data administrator",
    "compensation": "Compensation",
    "auditor": "Auditor",
    "manager": "Manager",
    "employee": "Employee",
}
EVERY_ROLE = tuple(ROLES)
ALL_AGGREGATES = frozenset({"leader", "analyst"})  # may ask for every published aggregate
SCOPED = frozenset({"hr_partner"})  # may ask for the departments of a scope, and the company beside them


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks.

    `departments` holds the department_keys at the top of the scope; None is everywhere. A role that is in none of the
    sets above has no slices at all, whatever its scope.
    """

    identity: str
    role: str
    departments: tuple[str, ...] | None
    is_development: bool = False

    @property
    def sees_everywhere(self) -> bool:
        """Whether every published slice may be asked for."""
        return self.role in ALL_AGGREGATES and self.departments is None


def who(settings: Settings, role: str | None, scope: Iterable[str] = ()) -> Viewer | None:
    """The viewer of this session, or None where nobody is signed in, which is the answer to everything unknown.

    Args:
        settings: development_mode lets whoever opens a page choose a role.
        role: the role chosen, in development mode.
        scope: department_keys chosen for an HR partner. None chosen: no department.
    """
    if not settings.development_mode or role not in ROLES:
        return None
    everywhere = role not in SCOPED
    return Viewer(f"simulated {role}", role, None if everywhere else tuple(sorted(set(scope))), is_development=True)


def banner(viewer: Viewer, origin: str, scope_name: str = "") -> str:
    """What development mode says on every page."""
    whose = f" of {scope_name}" if scope_name else ""
    words = (
        f"Development mode: there is no login. Whoever opens this page chooses whom to be; you look as {ROLES[viewer.role]}{whose}, chosen "
        "in the sidebar."
    )
    if origin != "synthetic":
        words += " This must not be used with real people's data, and this snapshot holds them: switch PLUMBLINE_DEVELOPMENT_MODE off."
    return words

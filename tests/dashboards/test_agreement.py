"""What pages know by heart agrees with where it is decided: limits of publishing, regular cadences, stages of a review.

Belongs here: words and lists of dashboards/ that cannot be fetched from a snapshot. Does not belong here: figures (the proof).
"""

from __future__ import annotations

import re

from dashboards import comparison, components, counts
from orchestration import publishing
from orchestration.publishing.meta import Publish
from orchestration.settings import CHECKOUT

MACROS = "\n".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "dbt_project" / "macros").rglob("*.sql"))


def how(table: str) -> Publish:
    """How a mart is published."""
    [found] = [e.how for e in publishing.exposed() if e.full_name == table]
    return found


def macro(name: str) -> str:
    """The text of a macro."""
    found = re.search(rf"macro {name}\(.*?\) -?%}}(.*?){{%-? endmacro", MACROS, re.DOTALL)
    assert found, f"there is no macro {name}"
    return found.group(1)


def test_the_limits_that_pages_name_are_those_of_publishing() -> None:
    values, levels = how("marts.metric_values"), how("marts.rating_distribution")
    assert values.intervals is not None
    assert values.extremes is not None
    [before_calibration] = levels.parts
    assert f"fewer than {values.at_least} people are never shown" in components.RULES
    assert {how(e.full_name).at_least for e in publishing.exposed() if e.how.people and e.name != "rating_distribution"} == {
        values.at_least
    }
    assert f"rating distributions of fewer than {levels.at_least} " in components.RULES
    assert before_calibration.at_least == levels.at_least
    assert f"1 to {before_calibration.rest_at_least - 1} of the ratings have no manager's rating" in components.RULES
    assert f"intervals of an average rating of fewer than {values.intervals.at_least}" in components.RULES
    assert values.intervals.only == {"metric": ("average_rating",)}
    assert f"0% or 100% among fewer than {values.extremes.at_least}" in components.RULES
    assert values.extremes.only == {"metric": ("pip_success_rate", "top_performer_ratio")}


def test_regular_cadences_are_those_of_the_models() -> None:
    assert tuple(re.findall(r"'(\w+)'", macro("regular_cadences"))) == comparison.REGULAR


def test_stages_are_those_of_the_models_in_their_order() -> None:
    order = (CHECKOUT / "models" / "marts" / "metrics" / "review_funnel.yml").read_text(encoding="utf-8")
    [values] = re.findall(r"name: stage\n.*?values: \[([^\]]+)\]", order, re.DOTALL)[:1]
    known = [stage.strip() for stage in values.split(",")]
    assert [stage for stage in known if stage in counts.STAGES] == list(counts.STAGES)
    assert set(known) - set(counts.STAGES) <= {"not_started"}

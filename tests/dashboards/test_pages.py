"""What people see: every page for every role, its figures, its states.

Belongs here: pages run by Streamlit's AppTest on a made snapshot. Does not belong here: looks (browser tests), the door alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboards.access import ROLES
from dashboards.registry import PAGES, pages_of
from tests.dashboards.conftest import Open
from tests.dashboards.made_snapshot import first_finishers, goal, goal_cascade, metric_values, tables, write_snapshot, write_status
from tests.dashboards.reading import as_double, inside, metrics, said, sent, table, texts

TITLES = {page.key: page.title for page in PAGES}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", TITLES)
def test_every_page_is_drawn_for_its_roles_and_only_for_them(opened: Open, page: str, role: str) -> None:
    at = opened(page, role, **({"scope": "D2"} if role == "hr_partner" else {}))
    assert not at.exception
    assert [title.value for title in at.title] == [TITLES[page]]
    assert "no login" in said(at)
    is_theirs = page in {p.key for p in pages_of(role)}
    assert (f"The page {TITLES[page]} is not among those that your role sees." in said(at)) != is_theirs
    if not is_theirs:
        assert not at.metric
        assert not at.dataframe


def test_overview_shows_the_six_figures_of_the_latest_period(opened: Open) -> None:
    at = opened()
    assert metrics(at) == {
        "Goal completion rate": "71%",
        "Review completion rate": "87%",
        "Average rating": "3.21",
        "Top performer ratio": "32%",
        "Rating distribution": "60% at level 3",
        "Improvement plan success rate": "55%",
    }
    words = said(at)
    assert (
        "Goal completion rate in Q2 2026 is 71% (68–74), 11 points above Q1 2026 (+7 to +15); Sales lies clearly below the company."
        in words
    )
    assert "▲ 0.11 above Annual review 2024 (+0.03 to +0.19)" in words
    assert "No clear change from 2024" in words
    assert "Whole company · 400 goal owners · Q2 2026 · as of 30 Jun 2026" in words


def test_overview_table_has_the_members_and_what_is_hidden(opened: Open) -> None:
    frame = table(opened(), "groups").set_index("who")
    assert list(frame.index) == ["Engineering", "Sales", "Tiny"]
    assert frame.loc["Engineering", "value"] == pytest.approx(73)
    assert frame.loc["Tiny"].drop("why").isna().all()
    assert frame.loc["Tiny", "why"] == "too few people"


def test_what_is_hidden_is_counted_with_its_reason(opened: Open) -> None:
    why = "too few people (fewer than 5, or than a figure of this kind needs)"
    assert f"1 of 3 departments in Q2 2026: {why}." in texts(opened())


@pytest.mark.parametrize(
    ("parameters", "label", "value"),
    [
        ({"by": "year"}, "Average rating", "3.22"),
        ({"by": "cycle", "period": "c24"}, "Average rating", "3.10"),
        ({"by": "cycle", "period": "c25m"}, "Average rating", "3.30"),
        ({"by": "cycle", "period": "c26p"}, "Average rating", "3.02"),
        ({"by": "quarter", "period": "2026-Q1"}, "Goal completion rate", "60%"),
        ({"by": "quarter", "period": "2026-Q1"}, "Average rating", "–"),
        ({"by": "cycle", "period": "c25"}, "Goal completion rate", "61%"),
        ({"department": "D3"}, "Goal completion rate", "51%"),
        ({"department": "D6"}, "Goal completion rate", "–"),
    ],
)
def test_the_url_chooses_period_and_department(opened: Open, parameters: dict[str, str], label: str, value: str) -> None:
    at = opened(**parameters)
    assert not at.exception
    assert metrics(at)[label] == value
    assert {name: at.query_params[name] for name in parameters if name in at.query_params} == {
        name: parameters[name] if isinstance(at.query_params[name], str) else [parameters[name]]
        for name in parameters
        if name in at.query_params
    }


def test_a_period_of_another_page_stands_for_its_last_day_and_stays_in_the_link(opened: Open) -> None:
    at = opened("reviews", by="year", period="2024")
    assert "Annual review 2024" in texts(at)[1]
    assert {name: at.query_params[name] for name in ("by", "period")} == {"by": "year", "period": "2024"}
    assert metrics(opened("reviews", by="cycle", period="c26m"))["Completed"] == "0"


def test_the_period_before_is_of_the_same_cadence(opened: Open) -> None:
    assert "No clear change from Annual review 2024" in said(opened(metric="top_performer_ratio"))
    mid = said(opened(metric="average_rating", by="cycle", period="c25m"))
    assert "with no earlier cycle of its kind to compare with" in mid


@pytest.fixture(scope="module")
def early_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last day of a cycle: 27 of 400 reviews are completed."""
    home = tmp_path_factory.mktemp("early")
    write_snapshot(home / "published", changed=first_finishers())
    return home


def test_the_first_finishers_of_a_cycle_are_no_headline(opened: Open, early_home: Path) -> None:
    at = opened(home=early_home)
    assert metrics(at)["Average rating"] == "3.21"
    assert metrics(at)["Top performer ratio"] == "32%"
    assert "are final so far" not in said(at)
    quarters = opened(home=early_home, by="quarter", metric="average_rating")
    assert metrics(quarters)["Average rating"] == metrics(quarters)["Top performer ratio"] == "–"
    assert "No average rating yet: 27 of 400 reviews are final so far." in said(quarters)
    reviews = opened("reviews", home=early_home)
    assert "Annual review 2025" in texts(reviews)[1]
    assert "7% of 400 reviews in Mid-year review 2026 are completed, most of the others stand at manager's review: it is under way." in (
        said(reviews)
    )


@pytest.mark.parametrize("metric", ["average_rating", "top_performer_ratio", "rating_distribution"])
def test_a_picked_period_whose_ratings_are_not_final_says_so_instead_of_comparing(opened: Open, early_home: Path, metric: str) -> None:
    at = opened(home=early_home, metric=metric, by="cycle", period="c26m")
    assert not at.exception
    words = said(at)
    assert words.count("27 of 400 reviews are final so far") == 4  # in the answer and on each of the three cards
    ours = [element.value for key in ("average_rating", "top_performer_ratio") for element in inside(at, f"plain_{key}")]
    assert ours == ["27 of 400 reviews are final so far"] * 2
    assert "declared reference has" not in words.casefold()
    assert "clearly" not in "\n".join(texts(at)[:4])
    assert "at least 95% of the reviews of each regular cycle" in words
    reviews = said(opened("reviews", home=early_home, by="cycle", period="c26m"))
    assert "the most common level; 27 of 400 reviews are final so far." in reviews
    assert "Calibration changed" not in reviews
    assert "27 of 400 reviews are final so far in the whole company" in said(
        opened("reviews", home=early_home, period="c26m", department="D2")
    )


def test_a_cycle_nearly_done_is_settled(opened: Open, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "published", changed=first_finishers(380))
    assert metrics(opened(home=tmp_path))["Average rating"] == "3.90"


def test_a_period_that_is_not_over_is_compared_with_none(opened: Open) -> None:
    words = said(opened(by="year", period="2026"))
    assert "Goal completion rate in 2026 so far (to 30 Jun) is 66% (65–67); Sales lies clearly below the company." in words
    assert "2026 so far (to 30 Jun) · 400 people" in words
    assert "2025" not in "\n".join(texts(opened("goals", by="year", period="2026"))[:4])


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"department": "D99"}, "Department “D99” is not here, or not in your scope"),
        ({"metric": "salary"}, "There is no figure “salary”"),
        ({"dimension": "gender"}, "There is no dimension “gender”"),
        ({"by": "day"}, "A period is a review cycle, a quarter or a year, not “day”."),
        ({"by": "quarter", "period": "1999-Q9"}, "There are no figures for the period “1999-Q9” here"),
        ({"as": "ceo"}, "There is no role “ceo”"),
    ],
)
def test_an_unknown_value_of_the_url_is_answered_with_the_reason(opened: Open, parameters: dict[str, str], words: str) -> None:
    at = opened(**parameters)
    assert not at.exception
    assert words in said(at)
    assert metrics(at)["Goal completion rate"] == "71%"


def test_a_filter_goes_to_the_url_and_to_the_next_page(opened: Open) -> None:
    at = opened()
    at.selectbox(key="f_department").set_value("D3").run()
    assert at.query_params["department"] in ("D3", ["D3"])
    assert metrics(at)["Goal completion rate"] == "51%"
    at.selectbox(key="f_department").set_value("all").run()
    assert "department" not in at.query_params
    at.button(key="look_average_rating").click().run()
    assert at.query_params["metric"] in ("average_rating", ["average_rating"])
    assert "Average rating in Annual review 2025 is 3.21" in said(at)


@pytest.mark.parametrize("dimension", ["location", "job_level", "role_track", "job_family"])
def test_groups_by_each_dimension(opened: Open, dimension: str) -> None:
    at = opened(dimension=dimension)
    assert not at.exception
    frame = table(at, "groups")
    assert len(frame) == 2
    if dimension == "job_level":
        assert list(frame["who"]) == ["Level 2", "Level 10"]


def test_two_dimensions_at_once_are_answered_with_the_reason(opened: Open) -> None:
    at = opened(dimension="location", department="D2")
    assert "Locations within Engineering are not shown: two dimensions together would isolate people." in said(at)


def test_the_distribution_can_be_looked_into(opened: Open) -> None:
    at = opened(metric="rating_distribution")
    assert not at.exception
    assert (
        "60% of 400 ratings in Annual review 2025 are “Meets Expectations”, the most common level. The declared reference has 60% there."
        in said(at)
    )
    frame = table(at, "groups").set_index("who")
    assert frame.loc["Engineering", "level_3"] == pytest.approx(60)
    assert frame.loc["Tiny"].drop("why").isna().all()


def test_goals_shows_completion_cascade_and_overdue(opened: Open) -> None:
    at = opened("goals")
    words = said(at)
    assert "Goal completion rate in Q2 2026 is 71% (68–74), 11 points above Q1 2026" in words
    assert metrics(at)["Overdue goals"] == "170"
    assert "170 goals are overdue as of 30 Jun 2026, 100 of them for more than 180 days." in words
    assert "78% · 120 of 200 completed" in words
    assert "– too few people" in words
    overdue = table(at, "overdue").set_index("who")
    assert overdue.loc["Engineering", "n_overdue"] == 102
    assert overdue.loc["Tiny"].drop("why").isna().all()
    assert table(opened("goals", by="year"), "groups").set_index("who").loc["Engineering", "value"] == pytest.approx(63)


def test_a_cascade_of_thousands_lists_the_nearest_and_says_so(opened: Open, tmp_path: Path) -> None:
    many = [goal(f"X{n}", "G1", 1, f"Goal {n}", "D4", (10, 5, 50.0, 10)) for n in range(2000)]
    write_snapshot(
        tmp_path / "published",
        changed={"marts.goal_cascade": pl.concat([goal_cascade(), pl.DataFrame(many, schema=goal_cascade().schema)])},
    )
    at = opened("goals", home=tmp_path)
    assert not at.exception
    assert "4 of 2\u202f005 goals are listed" in said(at).replace("4\u202f", "4")
    assert "Goal 1999" not in said(at)
    assert len(table(at, "cascade")) == 2005


def test_texts_of_data_are_never_markup(opened: Open) -> None:
    words = said(opened("goals"))
    assert "<script>" not in words
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold** [x](http://y)" in words
    assert "<b>x</b>" not in "".join(e.proto.body for e in opened("goals", department="D4").get("html"))


def test_reviews_shows_stages_and_ratings(opened: Open) -> None:
    at = opened("reviews")
    words = said(at)
    assert metrics(at) == {"Reviews": "400", "Completed": "380", "Cancelled, left out": "5"}
    assert "95% of 400 reviews in Annual review 2025 are completed, more of the others stand at sign-off than anywhere else." in words
    assert "None of 400 reviews in Mid-year review 2026 is completed yet, most stand at manager's review: it is under way." in words
    assert "15% of all ratings are exactly 3.5, where “Exceeds Expectations” begins (60 of the 100 at that level)." in words
    assert list(table(at, "stages")["value"]) == pytest.approx([90, 85, 80, 75, 70])
    assert list(table(at, "distribution")["share_before_calibration"]) == pytest.approx([0.75, 10, 54.25, 30, 5])


def test_ratings_before_calibration_that_are_hidden_are_not_drawn(opened: Open, tmp_path: Path) -> None:
    levels = tables()["marts.rating_distribution"]
    gone = ("n_before_calibration", "n_rated_before_calibration", "share_before_calibration")
    levels = levels.with_columns(pl.lit(None, dtype=levels.schema[name]).alias(name) for name in gone)
    write_snapshot(tmp_path / "published", changed={"marts.rating_distribution": levels})
    at = opened("reviews", home=tmp_path)
    assert not at.exception
    words = said(at)
    assert "The managers' ratings before calibration are not shown" in words
    assert "Ratings after calibration: Whole company" in words
    assert b"Before calibration" not in sent(at)


def test_a_cycle_without_ratings_says_so(opened: Open) -> None:
    at = opened("reviews", period="c26m")
    assert not at.exception
    assert "No final ratings in Mid-year review 2026 yet." in said(at)
    assert "No stage of Mid-year review 2026 has been due yet" in said(at)


def test_data_tells_of_the_run(opened: Open) -> None:
    at = opened("data", "data_admin")
    assert "1 234 rows were published. The numbers are fresh." in said(at)
    assert metrics(at)["Last run"] == "Published"
    assert metrics(at)["Records held back"] == "3"
    assert list(table(at, "quarantine")["n_rows"]) == [3]
    assert list(table(at, "findings")["n"]) == [12]
    assert list(table(at, "gates")["result"]) == ["passed"]
    assert list(table(at, "tables")["table_name"]) == ["goals"]
    published = table(at, "published").set_index("table_name")
    assert published.loc["goal_cascade", "n_rows"] == 5


def test_definitions_are_searched(opened: Open) -> None:
    everything = said(opened("definitions"))
    assert "The reference is diagnostic" in everything
    at = opened("definitions", search="calibration")
    assert "have “calibration” in them" in said(at)
    assert 0 < len(at.expander) < 7
    assert "No definition has these words" in said(opened("definitions", search="zzzz"))


# ------------------------------------------------------------------ who sees what


def secret(slice_: tuple[str, str], value: float) -> pl.DataFrame:
    """The made metrics with a value that one slice alone has."""
    here = (pl.col("dimension") == slice_[0]) & (pl.col("member_id") == slice_[1]) & pl.col("value").is_not_null()
    return metric_values().with_columns(value=pl.when(here).then(pl.lit(value)).otherwise(pl.col("value")))


@pytest.mark.parametrize("page", ["overview", "goals", "reviews"])
def test_hr_partner_is_sent_no_figure_from_outside_the_scope(opened: Open, tmp_path: Path, page: str) -> None:
    value = 0.4321987654321
    write_snapshot(tmp_path / "published", changed={"marts.metric_values": secret(("department", "D3"), value)})
    partner = sent(opened(page, "hr_partner", tmp_path, scope="D2"))
    assert as_double(value) not in partner
    assert b"43%" not in partner
    leader = sent(opened(page, "leader", tmp_path, department="D3"))
    assert as_double(value) in leader  # or the search would find nothing anywhere


@pytest.mark.parametrize("parameters", [{"department": "D3"}, {"dimension": "location"}, {"department": "D1"}])
def test_hr_partner_who_asks_for_more_gets_the_reason_and_the_own_scope(opened: Open, parameters: dict[str, str]) -> None:
    at = opened("overview", "hr_partner", scope="D2", **parameters)
    assert not at.exception
    assert "scope" in said(at) or "outside it" in said(at)
    assert metrics(at)["Goal completion rate"] == "73%"
    assert "Engineering · 240 goal owners" in said(at)


def test_figures_of_a_hidden_group_stand_nowhere_on_the_page(opened: Open) -> None:
    for page in ("overview", "goals", "reviews"):
        at = opened(page, department="D6")
        assert not at.exception
        shown = set(metrics(at).values())
        assert shown <= {"–"}, page
        assert "too few people" in said(at)


# ------------------------------------------------------------------ states


def test_without_development_mode_nobody_is_signed_in(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for page in TITLES:
        at = opened(page)
        monkeypatch.setenv("PLUMBLINE_DEVELOPMENT_MODE", "false")
        at.run()
        assert not at.exception
        assert "Nobody is signed in, so nothing is shown." in said(at)
        assert not at.metric
        assert not at.dataframe
        assert not at.selectbox


def test_real_data_in_development_mode_are_warned_of(opened: Open, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "published", origin="real")
    assert "This must not be used with real people's data" in said(opened(home=tmp_path))


@pytest.mark.parametrize("page", TITLES)
def test_nothing_published_says_what_to_do(opened: Open, tmp_path: Path, page: str) -> None:
    at = opened(page, "analyst", tmp_path)
    assert not at.exception
    assert "Nothing has been published yet. `plumbline run`" in said(at)
    assert "A demo lives in a home of its own" in said(at)


def test_a_failed_first_run_is_told_where_nothing_is_published(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    write_status(tmp_path / "published", outcome="failed", words="The landing folder is empty.")
    assert "The last run: The landing folder is empty." in said(opened(home=tmp_path))


def test_stale_says_since_when_and_why(opened: Open, tmp_path: Path) -> None:
    published = datetime.now(UTC) - timedelta(days=3)
    write_snapshot(tmp_path / "published", published_at=published)
    write_status(tmp_path / "published", outcome="refused", words="Gate held_back refused goals.", good_hours_ago=72)
    words = said(opened(home=tmp_path))
    assert "These numbers are stale since" in words
    assert "Gate held_back refused goals." in words
    assert "updated 3 days ago" in words
    data = opened("data", "analyst", tmp_path)
    assert "The numbers are stale since" in said(data)
    assert metrics(data)["Last run"] == "Refused by a gate"
    assert "1 gate refused" in said(data)


@pytest.mark.parametrize("page", ["overview", "goals", "reviews", "definitions"])
def test_empty_marts_say_what_is_missing(opened: Open, tmp_path: Path, page: str) -> None:
    write_snapshot(tmp_path / "published", changed={name: frame.clear() for name, frame in tables().items() if name.startswith("marts.")})
    at = opened(page, home=tmp_path)
    assert not at.exception
    assert not at.dataframe or page == "definitions"
    if page != "definitions":
        assert "No " in said(at)


def test_a_mart_that_was_not_published_is_named(opened: Open, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "published", without=("marts.goal_overdue",))
    at = opened("goals", home=tmp_path)
    assert not at.exception
    assert "This snapshot was published without marts.goal_overdue. The next run publishes it." in said(at)


@pytest.mark.parametrize("page", ["overview", "goals", "reviews"])
def test_a_snapshot_of_another_version_says_so(opened: Open, tmp_path: Path, page: str) -> None:
    write_snapshot(
        tmp_path / "published",
        changed={
            "marts.metric_values": metric_values().drop("n_clusters"),
            "marts.rating_distribution": tables()["marts.rating_distribution"].drop("n_rated"),
        },
    )
    at = opened(page, home=tmp_path)
    assert not at.exception
    assert "This snapshot was published by another version of Plumbline; the next run publishes it anew." in said(at)


@pytest.mark.parametrize("table", ["marts.dim_department", "marts.goal_overdue"])
def test_a_snapshot_whose_members_cannot_be_read_says_so(opened: Open, tmp_path: Path, table: str) -> None:
    write_snapshot(tmp_path / "published", changed={table: tables()[table].drop("name", "member_id", strict=False)})
    at = opened("overview", "hr_partner", tmp_path)
    assert not at.exception
    assert "another version of Plumbline" in said(at) or "is not shown" in said(at)


def test_a_snapshot_that_says_other_things_of_itself_is_of_another_version(opened: Open, tmp_path: Path) -> None:
    path = write_snapshot(tmp_path / "published")
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table snapshot.about drop column origin")
    at = opened(home=tmp_path)
    assert not at.exception
    assert "The current snapshot was published by another version of Plumbline" in said(at)


def test_data_without_a_status_says_so(opened: Open, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "published")
    at = opened("data", "data_admin", tmp_path)
    assert not at.exception
    assert "No status of a run has been written yet." in said(at)


def test_the_next_rerun_reads_the_snapshot_that_is_current_then(opened: Open, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "published", "20260701T050000000000")
    at = opened(home=tmp_path)
    assert metrics(at)["Goal completion rate"] == "71%"
    write_snapshot(tmp_path / "published", "20260702T050000000000", changed={"marts.metric_values": secret(("company", "all"), 0.5)})
    assert metrics(at.run())["Goal completion rate"] == "50%"
    (tmp_path / "published" / "CURRENT").write_text("20260701T050000000000\n")
    assert metrics(at.run())["Goal completion rate"] == "71%"

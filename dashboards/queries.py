"""Every question that can be asked of a snapshot: its name, its SQL, the tables it reads, its parameters.

Belongs here: SQL, as text without values. Does not belong here: who may ask (registry, data), what is done with the answer.

A query that reads slices names $dimensions, $everywhere and $departments, which the door fills in from the viewer: no page
can widen them.
"""

from __future__ import annotations

from dataclasses import dataclass

DIMENSIONS = ("company", "department", "location", "job_level", "role_track", "job_family")
PERIOD_TYPES = ("cycle", "quarter", "year")
VISIBLE = "list_contains($dimensions, dimension) and (dimension <> 'department' or $everywhere or list_contains($departments, member_id))"

VALUE = """metric, breakdown, period_type, period_id, period_start, period_end, dimension, member_id, numerator, denominator, value,
    ci_low, ci_high, ci_method, n_clusters, n_people, n_excluded, is_complete, definition_version, is_reportable, suppression_reason"""
LEVEL = """period_type, period_id, period_start, period_end, dimension, member_id, level, n, n_rated, share, n_before_calibration,
    n_rated_before_calibration, share_before_calibration, n_at_lower_bound, reference_share, is_complete, is_reportable,
    suppression_reason"""


@dataclass(frozen=True)
class Query:
    """A question with a name.

    Attributes:
        sql: its text; a parameter is $name.
        tables: schema-qualified tables it reads.
        parameters: what a page passes.
        sliced: whether rows are cut to the viewer's slices.
        status: the part of status.json that answers it, where no table does.
    """

    sql: str = ""
    tables: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    sliced: bool = False
    status: str | None = None


QUERIES: dict[str, Query] = {
    "departments": Query(
        """
        select department_key, name, parent_department_key, level, is_deleted
        from marts.dim_department
        where $everywhere or list_contains($departments, department_key)
        order by level, name, department_key
        """,
        ("marts.dim_department",),
        sliced=True,
    ),
    "cycles": Query(
        """
        select review_cycle_key, name, cadence, period_start, period_end, self_assessment_due, manager_review_due, calibration_due,
            delivery_due, sign_off_due
        from marts.dim_review_cycle
        order by period_end, review_cycle_key
        """,
        ("marts.dim_review_cycle",),
    ),
    "definitions": Query(
        """
        select metric, label, definition, numerator, denominator, excluded, unit, good_direction, data_subject, periods, estimator,
            ci_method, version
        from reference.metric_dictionary
        order by label, metric
        """,
        ("reference.metric_dictionary",),
    ),
    "rating_scale": Query(
        """
        select level, label, descriptor, lower_bound from reference.rating_scale where scale = 'default' order by level
        """,
        ("reference.rating_scale",),
    ),
    "rating_reference": Query(
        "select level, reference_share from reference.rating_reference where scale = 'default' order by level",
        ("reference.rating_reference",),
    ),
    "slice_history": Query(
        f"""
        select {VALUE} from marts.metric_values
        where dimension = $dimension and member_id = $member_id and breakdown = '' and {VISIBLE}
        order by metric, period_type, period_end, period_id
        """,
        ("marts.metric_values",),
        ("dimension", "member_id"),
        sliced=True,
    ),
    "metric_history": Query(
        f"""
        select {VALUE} from marts.metric_values
        where metric = $metric and dimension = $dimension and member_id = $member_id and {VISIBLE}
        order by period_type, period_end, period_id, breakdown
        """,
        ("marts.metric_values",),
        ("metric", "dimension", "member_id"),
        sliced=True,
    ),
    "metric_members": Query(
        f"""
        select {VALUE} from marts.metric_values
        where metric = $metric and breakdown = '' and period_type = $period_type and period_id = $period_id
            and dimension = $dimension and {VISIBLE}
        order by member_id
        """,
        ("marts.metric_values",),
        ("metric", "period_type", "period_id", "dimension"),
        sliced=True,
    ),
    "distribution_history": Query(
        f"""
        select {LEVEL} from marts.rating_distribution
        where dimension = $dimension and member_id = $member_id and {VISIBLE}
        order by period_type, period_end, period_id, level
        """,
        ("marts.rating_distribution",),
        ("dimension", "member_id"),
        sliced=True,
    ),
    "distribution_members": Query(
        f"""
        select {LEVEL} from marts.rating_distribution
        where period_type = $period_type and period_id = $period_id and dimension = $dimension and {VISIBLE}
        order by member_id, level
        """,
        ("marts.rating_distribution",),
        ("period_type", "period_id", "dimension"),
        sliced=True,
    ),
    "goals_overdue": Query(
        f"""
        select dimension, member_id, overdue_bucket, bucket_order, n_goals, n_overdue, n_due, n_people, as_of, is_reportable,
            suppression_reason
        from marts.goal_overdue
        where dimension = $dimension and {VISIBLE}
        order by member_id, bucket_order
        """,
        ("marts.goal_overdue",),
        ("dimension",),
        sliced=True,
    ),
    "goal_cascade": Query(
        """
        select goal_key, parent_goal_key, depth, goal_level, title, department_key, start_date, target_date, period_id, has_owner,
            own_status, own_progress_pct, n_goals_below, n_completed_below, progress_below, n_people, n_excluded, is_reportable,
            suppression_reason
        from marts.goal_cascade
        where $everywhere or (goal_level = 'company' and list_contains($dimensions, 'company'))
            or list_contains($departments, department_key)
        order by depth, target_date, title, goal_key
        """,
        ("marts.goal_cascade",),
        sliced=True,
    ),
    "review_funnel": Query(
        f"""
        select period_id, period_start, period_end, dimension, member_id, stage, stage_order, n_at_stage, n_reached, n_reviews, n_people,
            n_excluded, is_complete, is_reportable, suppression_reason
        from marts.review_funnel
        where dimension = $dimension and member_id = $member_id and {VISIBLE}
        order by period_end, period_id, stage_order
        """,
        ("marts.review_funnel",),
        ("dimension", "member_id"),
        sliced=True,
    ),
    "published_tables": Query(
        "select schema_name, table_name, n_rows, n_not_reportable from snapshot.tables order by schema_name, table_name",
        ("snapshot.tables",),
    ),
    "run": Query(status="run"),
    "run_clock": Query(status="clock"),
    "gates": Query(status="gates"),
    "source_tables": Query(status="tables"),
    "loads": Query(status="loads"),
    "quarantine": Query(status="quarantine"),
    "findings": Query(status="findings"),
}

MEMBERS_OF = {  # where members of a dimension and periods are published
    "marts.metric_values": "select distinct dimension, member_id, period_type, period_id from marts.metric_values",
    "marts.rating_distribution": "select distinct dimension, member_id, period_type, period_id from marts.rating_distribution",
    "marts.review_funnel": "select distinct dimension, member_id, period_type, period_id from marts.review_funnel",
    "marts.goal_overdue": "select distinct dimension, member_id, '' as period_type, '' as period_id from marts.goal_overdue",
}
TABLES_THERE = "select table_schema || '.' || table_name as name from information_schema.tables"
DEPARTMENT_TREE = "select department_key, name, parent_department_key, level from marts.dim_department order by level, name"
METRICS = "select metric from reference.metric_dictionary"

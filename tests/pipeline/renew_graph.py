"""Dagster's graph as readable text, and the command that writes it anew: `python -m tests.pipeline.renew_graph`.

Belongs here: from definitions to plain values. Does not belong here: what must hold of them (test_dagster_graph).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster import Definitions

from orchestration.definitions import build_defs
from orchestration.settings import Settings

FILE = Path(__file__).with_name("graph.json")
COMMAND = "python -m tests.pipeline.renew_graph"
Graph = dict[str, dict[str, Any]]


def definitions_of(home: Path) -> Definitions:
    """The definitions of a home where nothing is set, whatever the environment says."""
    return build_defs(Settings.model_construct(home=home))


def graph_of(definitions: Definitions) -> Graph:
    """Assets, jobs, schedules, sensors and steps by name, each with what a change of it would be seen by."""
    graph = definitions.resolve_asset_graph()
    repository = definitions.get_repository_def()
    checks: dict[str, list[str]] = {}
    for key in graph.asset_check_keys:
        checks.setdefault(key.asset_key.to_user_string(), []).append(key.name)
    assets, steps = {}, {}
    for node in graph.asset_nodes:
        assets[node.key.to_user_string()] = {
            "deps": sorted(k.to_user_string() for k in node.parent_keys),
            "group": node.group_name,
            "kinds": sorted(node.kinds),
            "owners": sorted(node.owners),
            "step": node.assets_def.op.name,
            "checks": sorted(checks.get(node.key.to_user_string(), [])),
            **({"fresh": _freshness(node.freshness_policy)} if node.freshness_policy else {}),
        }
        step = node.assets_def.op
        steps[step.name] = {"retries": _retries(step.retry_policy), "resources": sorted(step.required_resource_keys)}
    return {
        "assets": dict(sorted(assets.items())),
        "jobs": {
            job.name: {"executor": job.executor_def.name, "steps": sorted(node.name for node in job.nodes)}
            for job in repository.get_all_jobs()
        },
        "schedules": {
            s.name: {"job": s.job_name, "cron": s.cron_schedule, "timezone": s.execution_timezone, "by_default": s.default_status.value}
            for s in repository.schedule_defs
        },
        "sensors": {
            s.name: {
                "kind": s.sensor_type.value, "jobs": sorted(t.job_name for t in s.targets), "every_seconds": s.minimum_interval_seconds,
                "by_default": s.default_status.value,
            }
            for s in sorted(repository.sensor_defs, key=lambda s: s.name)
        },
        "steps": dict(sorted(steps.items())),
    }  # fmt: skip


def _retries(policy: Any) -> dict[str, Any] | None:
    if policy is None:
        return None
    return {"at_most": policy.max_retries, "after_seconds": policy.delay, "backoff": policy.backoff.value if policy.backoff else None}


def _freshness(policy: Any) -> dict[str, Any]:
    return {"kind": type(policy).__name__, "fails_after_hours": policy.fail_window.to_timedelta().total_seconds() / 3600}


def as_text(graph: Graph) -> str:
    """JSON with one line for each property, so that a difference reads well."""
    parts = []
    for part, members in graph.items():
        inner = []
        for name, told in members.items():
            lines = ",\n".join(f"      {json.dumps(k)}: {_lines(v)}" for k, v in told.items())
            inner.append(f"    {json.dumps(name)}: {{\n{lines}\n    }}")
        parts.append(f"  {json.dumps(part)}: {{\n" + ",\n".join(inner) + "\n  }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Any) -> str:
    """A long list has a line for each of its members."""
    text = json.dumps(value)
    if isinstance(value, list) and len(text) > 100:
        return "[\n" + ",\n".join(f"        {json.dumps(v)}" for v in value) + "\n      ]"
    return text


def differences(kept: Mapping[str, Any], found: Mapping[str, Any], at: str = "") -> list[str]:
    """What has changed, a line each: only what the reader must look at."""
    said = []
    for name in sorted({*kept, *found}):
        where = f"{at}{name}"
        if name not in found:
            said.append(f"- {where} is gone")
        elif name not in kept:
            said.append(f"+ {where} is new")
        elif isinstance(kept[name], dict) and isinstance(found[name], dict):
            said += differences(kept[name], found[name], f"{where} · ")
        elif kept[name] != found[name]:
            was, is_ = kept[name], found[name]
            if isinstance(was, list) and isinstance(is_, list):
                said += [f"- {where}: {v}" for v in was if v not in is_] + [f"+ {where}: {v}" for v in is_ if v not in was]
            else:
                said.append(f"~ {where}: {was} became {is_}")
    return said


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(as_text(graph_of(definitions_of(Path(folder)))), encoding="utf-8")

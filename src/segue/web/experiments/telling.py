"""Experiments in plain values and words: for the command line, and for pages."""

from __future__ import annotations

from typing import Any

from segue.web.experiments.metrics import METRICS
from segue.web.experiments.models import Experiment

_NOTHING_YET = "Nothing is known yet."
PREFERENCE = "preference"


def listed() -> list[dict[str, Any]]:
    """All experiments, the latest first."""
    rows = Experiment.objects.select_related("finding").order_by("-created_ms", "-pk")
    return [_summary(row) for row in rows]


def _summary(row: Experiment) -> dict[str, Any]:
    found = finding(row)
    said = found.get("verdicts") or [{"sentence": _NOTHING_YET, "decision": "undecided"}]
    return {
        "id": row.pk, "name": row.name, "state": row.state, "kind": row.kind, "share": row.share, "layer": row.layer,
        "counted": sum(found.get("counted", {}).values()), "sentence": said[0]["sentence"], "decision": said[0]["decision"],
        "started_ms": row.started_ms, "ended_ms": row.ended_ms,
    }  # fmt: skip


def document(row: Experiment) -> dict[str, Any]:
    """All of one experiment."""
    return {
        **_summary(row), "hypothesis": row.hypothesis, "surfaces": row.surfaces, "primary": row.primary,
        "guardrails": row.guardrails, "minimum_effect": row.minimum_effect, "window_days": row.window_days,
        "variants": [
            {"name": one.name, "share": one.share, "recipe": one.recipe, "parameters": one.parameters}
            for one in row.variants.all()
        ],
        "finding": finding(row),
        "decisions": [
            {"what": one.what, "why": one.why, "time_ms": one.time_ms, "by": None if one.user is None else str(one.user)}
            for one in row.decisions.select_related("user")
        ],
    }  # fmt: skip


def finding(row: Experiment) -> dict[str, Any]:
    """The latest analysis; empty where there is none."""
    held = getattr(row, "finding", None)
    found: dict[str, Any] = {} if held is None else held.document
    return found


def title_of(metric: str) -> str:
    """What people call a metric."""
    return METRICS[metric].title if metric in METRICS else metric.capitalize()


def line_of(row: dict[str, Any]) -> str:
    """One effect as a line."""
    if row["low"] is None or row["relative_low"] is None or row["relative_high"] is None:
        return f"{title_of(row['metric'])}, {row['variant']}: too little is known yet"
    return (
        f"{title_of(row['metric'])}, {row['variant']}: {value_of(row['metric'], row['control'])} to"
        f" {value_of(row['metric'], row['treatment'])}, {row['relative']:+.1%}"
        f" (between {row['relative_low']:+.1%} and {row['relative_high']:+.1%})"
    )


def value_of(metric: str, value: float | None) -> str:
    """A value of a metric, as it is read."""
    if value is None:
        return "–"
    percent = metric not in METRICS or METRICS[metric].percent
    return f"{value:.1%}" if percent else f"{value:,.3g}"

"""The figures of an experiment: its sequence narrowing day by day, every metric, and the segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from segue.exploring.report import Figure
from segue.exploring.shapes import Cell, Line, Lines, Table, numbers
from segue.web.experiments.models import Experiment, Point
from segue.web.experiments.offline import Tried
from segue.web.experiments.telling import PREFERENCE, title_of, value_of


def figures(experiment: Experiment, finding: Mapping[str, Any]) -> list[Any]:
    """What there is to draw, ready for a page."""
    from segue.web.insights.views import shown  # noqa: PLC0415 - it loads the boards

    made = [_sequence(experiment), _metrics(finding), _segments(experiment, finding)]
    return [shown(one) for one in made if one is not None]


def lotteries(tried: Sequence[Tried]) -> Any:
    """What other lotteries would have earned, as a table; None where nothing was drawn."""
    from segue.web.insights.views import shown  # noqa: PLC0415 - it loads the boards

    if not tried:
        return None
    rows = tuple(
        (one.name, f"{one.estimate.value:.1%}", f"{one.estimate.low:.1%} to {one.estimate.high:.1%}",
         round(one.estimate.effective_n), _believed(one))
        for one in tried
    )  # fmt: skip
    header = ("lottery", "played to the end", "between", "worth so many draws", "")
    best = max(tried, key=lambda one: one.estimate.low)
    said = f"Of what the lottery drew in four weeks, {tried[0].estimate.value:.1%} was played to the end; surest: {best.name}."
    return shown(Figure("lotteries", "What to try next", said, "", Table(header, rows)))


def _believed(one: Tried) -> str:
    return "too few to believe" if one.estimate.effective_n < 100 else ""


def _sequence(experiment: Experiment) -> Figure | None:
    """The primary metric's relative difference, in percent, with its always-valid interval, day by day."""
    metric = PREFERENCE if experiment.kind == "interleaving" else experiment.primary
    by_variant: dict[str, list[Point]] = defaultdict(list)
    for point in Point.objects.filter(experiment=experiment, metric=metric).order_by("day"):
        by_variant[point.variant].append(point)
    lines = tuple(_line(name, points) for name, points in by_variant.items())
    if not lines:
        return None
    last = next(iter(by_variant.values()))[-1].figures
    said = (
        f"{title_of(metric)} of {last['variant']} less that of the control, in points: now between {_points(last['low']):+.1f} and"
        f" {_points(last['high']):+.1f}. The band holds however often you look."
    )
    return Figure("sequence", "What is known, day by day", said, "difference in points", Lines(lines, "day", "points"))


def _line(name: str, points: Sequence[Point]) -> Line:
    def column(key: str) -> tuple[float | None, ...]:
        return numbers([_points(point.figures[key]) for point in points])

    days = tuple(str(point.day) for point in points)
    return Line(name, days, column("difference"), column("low"), column("high"))


def _points(value: float | None) -> float:
    return float("nan") if value is None else 100 * value


def _metrics(finding: Mapping[str, Any]) -> Figure | None:
    rows = tuple(_row(title_of(row["metric"]), row) for row in finding.get("rows", ()))
    if not rows:
        return None
    header = (
        "metric",
        "variant",
        "control",
        "variant's",
        "change",
        "between",
        "p, always valid",
        "explained by the past",
    )
    clear = [row for row in finding["rows"] if row["low"] is not None and (row["low"] > 0 or row["high"] < 0)]
    told = ", ".join(dict.fromkeys(title_of(row["metric"]).lower() for row in clear))
    said = f"Clearly different: {told}." if clear else "Nothing is clearly different yet."
    return Figure("metrics", "Every metric", said, "", Table(header, rows))


def _row(name: str, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        name, row["variant"], value_of(row["metric"], row["control"]), value_of(row["metric"], row["treatment"]),
        *_change(row), round(row["p"], 4), f"{max(row['explained'] or 0, 0):.0%}",
    )  # fmt: skip


def _change(row: Mapping[str, Any]) -> tuple[Cell, Cell]:
    if row["relative"] is None or row["relative_low"] is None or row["relative_high"] is None:
        return None, "too little is known yet"
    return f"{row['relative']:+.1%}", f"{row['relative_low']:+.1%} to {row['relative_high']:+.1%}"


def _segments(experiment: Experiment, finding: Mapping[str, Any]) -> Figure | None:
    rows = tuple(
        (row["segment"], row["value"], row["variant"], round(row["n"]), *_change(row), round(row["corrected"], 4))
        for row in finding.get("segments", ()) if row["n"] is not None
    )  # fmt: skip
    if not rows:
        return None
    header = ("segment", "which", "variant", "listeners", "change", "between", "p, corrected")
    clear = [row for row in finding["segments"] if row["corrected"] <= 0.05]
    said = (
        f"{title_of(experiment.primary)}, corrected for {len(rows)} looks:"
        f" {len(clear) or 'no'} segment{'' if len(clear) == 1 else 's'} clearly different."
    )
    return Figure("segments", "Segments", said, "", Table(header, rows))

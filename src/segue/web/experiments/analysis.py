"""What an experiment says so far: effects with intervals that may be looked at as often as one likes, segments, and a verdict."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import transaction

from segue.evaluation.experiments import (
    Effect,
    Judged,
    Mismatch,
    Summary,
    Verdict,
    compare,
    corrected,
    mismatch,
    preference,
    summarise,
    tuned,
    verdict,
)
from segue.web.experiments.measuring import measure_what_is_over
from segue.web.experiments.metrics import METRICS, Metric
from segue.web.experiments.models import Experiment, Finding, Point, Seen, Variant

ALPHA = 0.05
LEAST_SEEN = 20
"""Of groups with fewer listeners in a variant nothing is said."""
_AT_ONCE = 5000
_ALL = ("all", "")
Group = tuple[str, str]
Sums = dict[tuple[Group, str, int], Summary]
"""By group (segment, value), metric and variant."""


def analyse(experiment: Experiment, now_ms: int) -> dict[str, Any]:
    """Measure what is over, judge, and keep the finding and the day's points; the finding. Done again, it finds the same."""
    measure_what_is_over(experiment, now_ms)
    variants = list(experiment.variants.all())
    found = _finding(experiment, variants)
    day = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    points = [
        Point(experiment=experiment, day=day, metric=row["metric"], variant=row["variant"], figures=row)
        for row in found["rows"] if row["low"] is not None
    ]  # fmt: skip
    with transaction.atomic():
        Point.objects.bulk_create(
            points, update_conflicts=True, unique_fields=["experiment", "day", "metric", "variant"],
            update_fields=["figures"],
        )  # fmt: skip
        Finding.objects.update_or_create(experiment=experiment, defaults={"time_ms": now_ms, "document": found})
    return found


def _finding(experiment: Experiment, variants: Sequence[Variant]) -> dict[str, Any]:
    seen = {variant.pk: 0 for variant in variants}
    for pk in Seen.objects.filter(experiment=experiment).values_list("variant_id", flat=True).iterator():
        seen[pk] += 1
    fits = mismatch([seen[one.pk] for one in variants], [one.share for one in variants])
    found: dict[str, Any] = {
        "seen": {one.name: seen[one.pk] for one in variants},
        "mismatch": {"p": fits.p_value, "alarm": fits.alarm, "expected": list(fits.expected)},
    }
    if experiment.kind == "interleaving":
        return found | _preferred(experiment, variants)
    return found | _compared(experiment, variants, fits)


# -- a comparison --------------------------------------------------------------------------------------------------------


def _compared(experiment: Experiment, variants: Sequence[Variant], fits: Mismatch) -> dict[str, Any]:
    sums, counted = _sums(experiment, variants)
    alpha = ALPHA / (len(variants) - 1)
    rho = tuned(max(experiment.planned_units, 200), alpha)
    rows, verdicts = [], []
    for place, variant in enumerate(variants[1:], 1):
        effects = {
            name: compare(sums[_ALL, name, 0], sums[_ALL, name, place], alpha=alpha, rho=rho)
            for name in METRICS if (_ALL, name, 0) in sums and (_ALL, name, place) in sums
        }  # fmt: skip
        rows += [row(name, variant.name, effect) for name, effect in effects.items()]
        verdicts.append({"variant": variant.name, **_judged(experiment, effects, fits, alpha, sum(counted))})
    counts = {variant.name: counted[place] for place, variant in enumerate(variants)}
    segments = _segments(experiment, variants, sums, alpha, rho)
    return {"counted": counts, "rows": rows, "verdicts": verdicts, "segments": segments}


def _judged(
    experiment: Experiment, effects: Mapping[str, Effect], fits: Mismatch, alpha: float, counted: int
) -> dict[str, Any]:
    """The verdict on one treatment; `harms` where a guardrail says that it is surely worse."""
    names = [experiment.primary, *(name for name in experiment.guardrails if name != experiment.primary)]
    judged = [
        Judged(METRICS[name].title, effects[name], METRICS[name].better, "goal" if name == experiment.primary else "guardrail")
        for name in names if name in effects
    ]  # fmt: skip
    if experiment.primary not in effects:
        told = Verdict("undecided", "Not yet: nobody's days with it are over.", ())
        return _plain(told) | {"harms": False}
    finished = 0 < experiment.planned_units <= counted
    told = verdict(judged, fits, minimum_effect=experiment.minimum_effect, finished=finished, alpha=alpha)
    return _plain(told) | {"harms": told.decision == "stop" and not fits.alarm}


def _sums(experiment: Experiment, variants: Sequence[Variant]) -> tuple[Sums, list[int]]:
    """The sums of every metric, and of the primary one in every segment; and how many listeners count."""
    places = {variant.pk: place for place, variant in enumerate(variants)}
    sums: Sums = {}
    counted = [0] * len(variants)
    every = _days(experiment)
    while some := list(islice(every, _AT_ONCE)):
        grouped: dict[tuple[Group, int], list[dict[str, Any]]] = defaultdict(list)
        for variant, days in some:
            place = places[variant]
            counted[place] += 1
            grouped[_ALL, place].append(days)
            for group in groups_of(days):
                grouped[group, place].append(days)
        for (group, place), listeners in grouped.items():
            for metric in METRICS.values() if group == _ALL else (METRICS[experiment.primary],):
                if (made := summary_of(metric, listeners)) is not None:
                    key = group, metric.id, place
                    sums[key] = sums[key] + made if key in sums else made
    return sums, counted


def summary_of(metric: Metric, listeners: Sequence[Mapping[str, Any]]) -> Summary | None:
    """The sums of a metric over listeners' days; None where it is known of nobody."""
    known = [(y, days) for days in listeners if (y := metric.y(days)) is not None]
    if not known:
        return None
    x = None if metric.x is None else [metric.x(days) for _, days in known]
    return summarise([y for y, _ in known], x, [metric.before(days) for _, days in known])


def groups_of(days: Mapping[str, Any]) -> list[Group]:
    """The segments that a listener is in: all known before they saw anything."""
    listens = days["before"]["listens"]
    much = "none" if not listens else "up to 50" if listens <= 50 else "more than 50"
    told: list[Group] = [
        ("listener", "heard here before" if days["old"] else "new"),
        ("listens in the 28 days before", much),
    ]
    return [*told, ("country", days["country"])] if days["country"] else told


def _days(experiment: Experiment) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = Seen.objects.filter(experiment=experiment, measured__isnull=False).order_by("pk")
    for variant, measured, returned in rows.values_list("variant_id", "measured", "returned").iterator(chunk_size=2000):
        yield variant, {**(measured or {}), "returned": returned}


def _segments(
    experiment: Experiment, variants: Sequence[Variant], sums: Sums, alpha: float, rho: float
) -> list[dict[str, Any]]:
    """The primary metric in each segment; p-values are corrected for how many there are (Benjamini and Hochberg)."""
    primary, found = experiment.primary, []
    for place, variant in enumerate(variants[1:], 1):
        for group in sorted({group for group, _, _ in sums if group != _ALL}):
            pair = [sums.get((group, primary, arm)) for arm in (0, place)]
            one, two = pair
            if one is not None and two is not None and min(one.n, two.n) >= LEAST_SEEN:
                effect = compare(one, two, alpha=alpha, rho=rho)
                found.append({"segment": group[0], "value": group[1], **row(primary, variant.name, effect)})
    for one_row, p in zip(found, corrected([each["p"] for each in found], "benjamini-hochberg"), strict=True):
        one_row["corrected"] = float(p)
    return found


# -- an interleaving -----------------------------------------------------------------------------------------------------


def _preferred(experiment: Experiment, variants: Sequence[Variant]) -> dict[str, Any]:
    """Whose tracks listeners play to the end on pages of both; each listener has one voice."""
    votes = [(days["a"], days["b"]) for _, days in _days(experiment)]
    one, two = variants[0].name, variants[1].name
    found: dict[str, Any] = {"counted": {"both": len(votes)}, "rows": [], "segments": []}
    effect = preference([b for _, b in votes], [a for a, _ in votes], rho=tuned(max(experiment.planned_units, 200)))
    found["rows"].append(row("preference", two, effect))
    if effect.low > 0:
        said = "ship", f"Listeners prefer {two} to {one}: more of its tracks are played to the end."
    elif effect.high < 0:
        said = "keep", f"Listeners prefer {one} to {two}: more of its tracks are played to the end."
    else:
        said = "undecided", "Not yet: listeners do not clearly prefer either."
    told = f"{effect.treatment:.0%} of listeners lean to {two}, {effect.control:.0%} to {one}."
    found["verdicts"] = [
        {"variant": two, "decision": said[0], "sentence": said[1], "why": [told] if votes else [], "harms": False}
    ]
    return found


# -- as it is kept -------------------------------------------------------------------------------------------------------


def row(metric: str, variant: str, effect: Effect) -> dict[str, Any]:
    """An effect as JSON has it: null for what is not known."""
    names = (
        "control", "treatment", "difference", "low", "high", "relative", "relative_low", "relative_high", "explained", "n",
    )  # fmt: skip
    told = {name: _finite(getattr(effect, name)) for name in names}
    return {"metric": metric, "variant": variant, **told, "p": float(effect.p_value)}


def _plain(told: Verdict) -> dict[str, Any]:
    return {"decision": told.decision, "sentence": told.sentence, "why": list(told.why)}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None

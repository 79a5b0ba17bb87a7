"""How long an experiment must be, seen from what was shown lately."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from django.db.models import Min

from segue.errors import NotEnoughData
from segue.evaluation.experiments import Summary, days_needed, power
from segue.web.discovery.models import Exposure
from segue.web.experiments.analysis import ALPHA, summary_of
from segue.web.experiments.assignment import KIND_OF
from segue.web.experiments.measuring import AT_ONCE, DAY_MS, Unit, measured
from segue.web.experiments.metrics import METRICS

LATELY_DAYS = 28
SAMPLE = 1500
LEAST = 30


@dataclass(frozen=True)
class Planned:
    """What it takes.

    Attributes:
        baseline: the metric as it is; listeners: how many came in four weeks; sample: of how many of them it was measured.
        per_variant: listeners that each variant needs at the latest; expected: when it ends as soon as it is clear.
        days: until the last of them was measured; None where that would be longer than a year.
    """

    baseline: float
    listeners: int
    sample: int
    per_variant: int
    expected: int
    variants: int
    days: int | None
    percent: bool

    @property
    def planned_units(self) -> int:
        """Listeners in all variants."""
        return self.per_variant * self.variants


def planned(
    surfaces: tuple[str, ...], countries: tuple[str, ...], metric: str, effect: float, share: float, variants: int,
    window_days: int, now_ms: int,
) -> Planned:  # fmt: skip
    """What an experiment would take. Raises `NotEnoughData`, saying why, where too little was shown lately."""
    names = [name for name, kind in KIND_OF.items() if kind in surfaces]
    shown = Exposure.objects.filter(surface__in=names, shown_ms__gte=now_ms - LATELY_DAYS * DAY_MS)
    if countries:
        shown = shown.filter(listener__country__in=countries)
    firsts = shown.values("listener_id").annotate(first=Min("shown_ms"))
    listeners = firsts.count()
    over = firsts.filter(first__lte=now_ms - window_days * DAY_MS).order_by("listener_id")[:SAMPLE]
    units = [Unit(row["listener_id"], row["first"], row["first"] + window_days * DAY_MS) for row in over]
    found: Summary | None = None
    for start in range(0, len(units), AT_ONCE):
        lately = [
            {**asdict(one), "returned": None} for one in measured(units[start : start + AT_ONCE], surfaces).values()
        ]
        made = summary_of(METRICS[metric], lately)
        found = made if found is None or made is None else found + made
    if found is None or found.n < LEAST or not found.sum_x or not found.sum_y:
        raise NotEnoughData(
            f"in the last four weeks, {len(units)} listeners were shown this for {window_days} days: it takes {LEAST} to plan"
        )
    value, variance = _value_and_variance(found)
    plan = power(value, variance, effect, ALPHA / (variants - 1))
    days = days_needed(plan.sequence, variants, listeners / LATELY_DAYS, share) + window_days
    return Planned(
        value, listeners, len(units), plan.sequence, plan.expected, variants, days if days <= 366 else None,
        METRICS[metric].percent,
    )  # fmt: skip


def _value_and_variance(of: Summary) -> tuple[float, float]:
    """A mean or ratio, and the variance of what one unit adds to it (the delta method)."""
    value, x = of.sum_y / of.n, of.sum_x / of.n
    ratio = value / x
    variance = (of.sum_yy - 2 * ratio * of.sum_xy + ratio**2 * of.sum_xx) / of.n / x**2
    return ratio, max(variance, math.ulp(1.0))

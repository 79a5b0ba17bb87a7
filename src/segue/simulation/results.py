"""What came of a simulation: numbers by policy, measure and week, and what they say in plain words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from segue.exploring.wording import counted, joined
from segue.metrics import Interval, bootstrap
from segue.simulation.measures import MEASURES, OF_LISTENERS, Measure, mean_known
from segue.simulation.policies import Policy

ABOUT_THE_SAME = 0.05
"""Numbers that are not a listener's, and have no interval, count as changed from this part of themselves on."""
HEADLINES = ("skips", "likes", "suiting", "discovery", "breadth")


@dataclass(frozen=True, eq=False)
class Course:
    """What became of the listeners under one policy.

    `values` holds each measure by its id: float64 (weeks, n_listeners) for those of listeners, (weeks,) for the others.
    """

    policy: Policy
    values: dict[str, np.ndarray]

    def weekly(self, measure: str) -> np.ndarray:
        """The measure of each week, shape (weeks,): the mean over listeners where it is theirs."""
        values = self.values[measure]
        return values if values.ndim == 1 else mean_known(values, axis=1)


@dataclass(frozen=True)
class Change:
    """A measure in the first weeks and in the last; the interval of the difference, where it is one of listeners."""

    first: float
    last: float
    difference: Interval | None

    @property
    def direction(self) -> int:
        """1 risen, -1 fallen, 0 where that is not clear."""
        return _direction(self.last - self.first, self.difference, self.first)


@dataclass(frozen=True, eq=False)
class Simulation:
    """All of it. `library` and `counts` are of the beginning, which is the same for all policies."""

    seed: int
    scale: float
    weeks: int
    model: str
    library: str
    counts: dict[str, int]
    courses: tuple[Course, ...]

    @property
    def span(self) -> int:
        """How many weeks count as the first, and as the last: a quarter."""
        return max(self.weeks // 4, 1)

    def course(self, policy: str) -> Course | None:
        """The course of the policy of that name, or None."""
        return next((course for course in self.courses if course.policy.name == policy), None)

    def change(self, course: Course, measure: Measure) -> Change:
        """What became of a measure; 95% bootstrap intervals over listeners, each beside itself."""
        values = course.values[measure.id]
        first, last = values[: self.span], values[-self.span :]
        if values.ndim == 1:
            return Change(float(first.mean()), float(last.mean()), None)
        by_listener = mean_known(last, axis=0) - mean_known(first, axis=0)
        weekly = course.weekly(measure.id)
        return Change(
            float(weekly[: self.span].mean()),
            float(weekly[-self.span :].mean()),
            bootstrap(by_listener[:, np.newaxis])[0],
        )

    def beside(self, course: Course, other: Course, measure: Measure) -> Interval | None:
        """By how much the first course is above the other in the last weeks, listener by listener; None for what is not theirs."""
        if measure.id not in OF_LISTENERS:
            return None
        one, two = (mean_known(each.values[measure.id][-self.span :], axis=0) for each in (course, other))
        return bootstrap((one - two)[:, np.newaxis])[0]

    def finding(self, measure: Measure) -> str:
        """What became of one measure under each policy, as a sentence."""
        parts = []
        for course in self.courses:
            change = self.change(course, measure)
            if np.isfinite(change.last):
                word = {1: "up", -1: "down", 0: "no clear change"}[change.direction]
                first, last = (shown(value, measure) for value in (change.first, change.last))
                parts.append(f"{course.policy.name} {first} to {last} ({word})")
        return f"{measure.title}, from the first {_weeks(self.span)} to the last: {'; '.join(parts)}."

    def verdict(self) -> list[str]:
        """What the numbers say, in plain words."""
        return [
            *(self._over_time(course) for course in self.courses),
            *(self._compared(other) for other in self.courses if self._reference not in (None, other)),
        ]

    @property
    def _reference(self) -> Course | None:
        return self.course("default")

    def _over_time(self, course: Course) -> str:
        """Which of the headlines got better, worse or neither."""
        told: dict[int, list[str]] = {1: [], -1: [], 0: []}
        for measure in _headlines():
            change = self.change(course, measure)
            if np.isfinite(change.last):
                first, last = (shown(value, measure) for value in (change.first, change.last))
                told[change.direction].append(f"{_lower(measure)} ({first} to {last})")
        words = {1: "up", -1: "down", 0: "no clear change in"}
        parts = [f"{words[direction]}: {joined(measures)}" for direction, measures in told.items() if measures]
        return f"Under {course.policy.name}, over {counted(self.weeks, 'week')}, {'; '.join(parts) or 'there is nothing to say'}."

    def _compared(self, other: Course) -> str:
        """Where the default is clearly above or below another policy in the last weeks."""
        reference = self._reference
        if reference is None:
            return ""
        parts = []
        for measure in _headlines():
            found = self.beside(reference, other, measure)
            if found is not None and (found.low > 0 or found.high < 0):
                more = "higher" if found.mean > 0 else "lower"
                judged = {0: "", 1: " (better)", -1: " (worse)"}[int(np.sign(found.mean)) * measure.better]
                parts.append(f"{_lower(measure)} {_by(abs(found.mean), measure)} {more}{judged}")
        clear = joined(parts) if parts else "nothing clearly higher or lower"
        return f"Beside {other.policy.name}, in the last {_weeks(self.span)}, default has {clear}."

    def document(self) -> dict[str, Any]:
        """For JSON: every measure of every week, the changes with their intervals, and the verdict."""
        return {
            "seed": self.seed, "scale": self.scale, "weeks": self.weeks, "model": self.model, "library": self.library,
            "counts": self.counts, "first_and_last": self.span, "measures": [asdict(measure) for measure in MEASURES],
            "policies": [
                {
                    "name": course.policy.name,
                    "meaning": course.policy.meaning,
                    "weekly": {measure.id: _plain(course.weekly(measure.id)) for measure in MEASURES},
                    "changes": {measure.id: _told(self.change(course, measure)) for measure in MEASURES},
                }
                for course in self.courses
            ],
            "verdict": self.verdict(),
        }  # fmt: skip


def shown(value: float, measure: Measure) -> str:
    """A value of a measure as people read it."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.1%}" if measure.percent else f"{value:.3g}"


def _by(value: float, measure: Measure) -> str:
    return f"{100 * value:.1f} points" if measure.percent else f"{value:.2g}"


def _lower(measure: Measure) -> str:
    return measure.title[0].lower() + measure.title[1:]


def _headlines() -> list[Measure]:
    return [measure for measure in MEASURES if measure.id in HEADLINES]


def _weeks(number: int) -> str:
    return "week" if number == 1 else f"{number} weeks"


def _direction(difference: float, interval: Interval | None, first: float) -> int:
    if interval is None:
        return int(np.sign(difference)) if abs(difference) > ABOUT_THE_SAME * abs(first) else 0
    return int(interval.low > 0) - int(interval.high < 0)


def _plain(values: np.ndarray) -> list[float | None]:
    return [round(float(value), 5) if np.isfinite(value) else None for value in values]


def _told(change: Change) -> dict[str, Any]:
    interval = change.difference
    return {
        "first": _plain(np.array([change.first]))[0],
        "last": _plain(np.array([change.last]))[0],
        "difference": None if interval is None else _plain(np.array(interval)),
        "direction": change.direction,
    }

"""What to do about an experiment, in a plain sentence and with the reasons."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from segue.evaluation.experiments.corrections import corrected
from segue.evaluation.experiments.effects import Effect
from segue.evaluation.experiments.mismatches import Mismatch

Decision = Literal["ship", "keep", "undecided", "stop"]


@dataclass(frozen=True)
class Judged:
    """A metric and what came of it. `better`: which way is good. `margin`: how much worse a guardrail may get, as a part (0.01)."""

    name: str
    effect: Effect
    better: Literal["up", "down"] = "up"
    role: Literal["goal", "guardrail"] = "goal"
    margin: float = 0.0

    @property
    def gain(self) -> tuple[float, float]:
        """The lower and upper bound of the relative change for the better."""
        low, high = self.effect.relative_low, self.effect.relative_high
        return (low, high) if self.better == "up" else (-high, -low)

    @property
    def harmed(self) -> bool:
        """Whether it is surely worse, by more than the margin. Without a margin that is known also of what is nearly 0."""
        if self.margin > 0:
            return self.gain[1] < -self.margin
        return self.effect.high < 0 if self.better == "up" else self.effect.low > 0

    @property
    def improves(self) -> bool:
        """Whether the estimate points the good way."""
        return (self.effect.difference > 0) == (self.better == "up")


@dataclass(frozen=True)
class Verdict:
    """`ship` the treatment, `keep` what there is, `undecided` yet, or `stop`: it harms, or its numbers cannot be trusted."""

    decision: Decision
    sentence: str
    why: tuple[str, ...]


def verdict(
    metrics: Sequence[Judged],
    mismatch: Mismatch,
    *,
    minimum_effect: float = 0.0,
    finished: bool = False,
    alpha: float = 0.05,
) -> Verdict:
    """Judge a treatment against the control.

    `minimum_effect`: the relative change that would be worth it. `finished`: whether the planned time is over. With several goals
    their p-values are corrected (Holm); with several treatments give each `alpha` / treatments. Guardrails stop each for itself,
    also before the end: being wrong there costs little. Raises ValueError where there is no goal.
    """
    goals = [one for one in metrics if one.role == "goal"]
    if not goals:
        raise ValueError("an experiment needs at least one goal")
    why = tuple(told(one) for one in metrics)
    if mismatch.alarm:
        counts = f"{_listed(mismatch.counts)} where about {_listed(round(one) for one in mismatch.expected)} were due"
        said = f"Stop: the variants do not have the units they should, so nothing else can be trusted ({counts})."
        return Verdict("stop", said, why)
    guards = [one for one in metrics if one.role == "guardrail"]
    if harmed := [one.name for one in guards if one.harmed]:
        return Verdict("stop", f"Stop: it harms {_and(harmed)}.", why)
    decision, sentence = _of_goals(goals, guards, alpha) or _of_none(goals, minimum_effect, finished=finished)
    return Verdict(decision, sentence, why)


def _of_goals(goals: list[Judged], guards: list[Judged], alpha: float) -> tuple[Decision, str] | None:
    """Where a goal is clearly better or worse."""
    clear = corrected([one.effect.p_value for one in goals], "holm") <= alpha
    better = [one.name for one, sure in zip(goals, clear, strict=True) if sure and one.improves]
    worse = [one.name for one, sure in zip(goals, clear, strict=True) if sure and not one.improves]
    if worse:
        also = f", though better for {_and(better)}" if better else ""
        return "keep", f"Keep what there is: the new one is worse for {_and(worse)}{also}."
    if not better:
        return None
    if unsafe := [one.name for one in guards if one.margin > 0 and one.gain[0] < -one.margin]:
        return "undecided", f"Not yet: it is better for {_and(better)}, but may still harm {_and(unsafe)}."
    return (
        "ship",
        f"Ship it: it is better for {_and(better)}{', and harms nothing that was guarded' if guards else ''}.",
    )


def _of_none(goals: list[Judged], minimum_effect: float, *, finished: bool) -> tuple[Decision, str]:
    """Where no goal is."""
    if minimum_effect > 0 and all(one.gain[1] < minimum_effect for one in goals):
        return "keep", f"Keep what there is: any gain is smaller than the {minimum_effect:.1%} that would be worth it."
    if finished:
        return "keep", "Keep what there is: the planned time is over and no difference was found."
    return "undecided", "Not yet: the difference is not clear."


def told(one: Judged) -> str:
    """One metric in a sentence."""
    effect = one.effect
    if not math.isfinite(effect.high - effect.low):
        return f"{one.name}: too little is known yet."
    word = "no clear difference" if effect.low <= 0 <= effect.high else "better" if one.improves else "worse"
    if math.isfinite(effect.relative_high - effect.relative_low):
        bounds = f"{effect.relative:+.1%} (between {effect.relative_low:+.1%} and {effect.relative_high:+.1%})"
    else:
        bounds = f"{effect.difference:+.3g} (between {effect.low:+.3g} and {effect.high:+.3g})"
    return f"{one.name}: {bounds}, {word}."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _listed(numbers: Iterable[int]) -> str:
    return " / ".join(f"{one:,}" for one in numbers)

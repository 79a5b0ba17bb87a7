"""The statistics of experiments, tried on experiments of which the truth is known.

Thousands of simulated experiments, each looked at after every batch of units: how often something is found where nothing is, how
often intervals miss the truth at any look, whether plans hold, and the same for mismatch, interleaving and off-policy estimates.
`beside` is the usual way in the same runs: the test and the interval for a single look, looked at as often (for power and for
counts that are wrong: looked at once, as it should be); for units, those of a single look over those expected; for CUPED what it
says of itself; for ratios the binomial interval of places; for segments p-values as they are; for interleaving an A/B test of as
many listeners. Rates of 2,000 runs are uncertain by about one point. All is seeded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import ndtr
from scipy.stats import chi2

from benchmarks import measure
from benchmarks.experiment_trials import (
    ALPHA,
    BATCH,
    CHUNK,
    ERROR,
    LOOKS,
    RUNS,
    Draw,
    Row,
    clicks,
    clicks_truth,
    hours,
    normal,
    returning_days,
    row,
    share,
    streams,
    told,
)  # fmt: skip
from segue.evaluation import experiments as ex
from segue.evaluation.experiments.mismatches import mismatch_p


def ever(found: list[Any]) -> float:
    return float(np.concatenate([one.any(-1) for one in found]).mean())


def false_positives() -> Iterator[Row]:
    """A/A, looked at after every batch: how often is anything ever found?"""
    # The draw, how many times larger the control is, the units it is tuned for, and the units of a batch.
    cases: dict[str, tuple[Draw, int, float, int]] = {
        "share of 10%": (share(0.1), 1, 10_000, BATCH),
        "share of 1%": (share(0.01), 1, 10_000, BATCH),
        "share of 1%, control 9 times larger": (share(0.01), 9, 10_000, BATCH),
        "share of 10%, tuned for 500 units": (share(0.1), 1, 500, BATCH),
        "share of 1%, tuned for 200, looks every 10": (share(0.01), 1, 200, 10),
        "share of 10%, tuned for 200, looks every 10": (share(0.1), 1, 200, 10),
        "hours, heavy tail (log-normal, sigma 1.5)": (hours(1.5), 1, 10_000, BATCH),
        "hours, very heavy tail (sigma 2)": (hours(2.0), 1, 10_000, BATCH),
        "hours, heavy tail, control 9 times larger": (hours(1.5), 9, 10_000, BATCH),
        "hours, heavy tail, tuned for 500 units": (hours(1.5), 1, 500, BATCH),
        "hours, heavy tail, CUPED": (hours(1.5, 0.8), 1, 10_000, BATCH),
        "normal, CUPED of 0.9, tuned for 200, looks every 10": (normal(0.9), 1, 200, 10),
        "clicks per place (ratio)": (clicks, 1, 10_000, BATCH),
        "clicks per place, tuned for 500 units": (clicks, 1, 500, BATCH),
        "clicks per place, control 9 times larger": (clicks, 9, 10_000, BATCH),
    }
    for case, (draw, times, planned, batch) in cases.items():
        found, peeked = [], []
        looks = LOOKS if times == 1 else LOOKS // 4
        for control, treatment in streams(draw, RUNS, looks=looks, batch=batch, times=times):
            effect = ex.compare(control, treatment, alpha=ALPHA, rho=ex.tuned(planned, ALPHA))
            found.append(np.asarray(effect.p_value) <= ALPHA)
            peeked.append(_usual_p(control, treatment, effect) <= ALPHA)
        yield row("false positives, any look", case, RUNS, ever(found), ALPHA, "<=", ever(peeked))


def _usual_p(control: ex.Summary, treatment: ex.Summary, effect: ex.Effect) -> np.ndarray:
    """The test for a single look: Welch's for means, in large samples; what `compare` says of one look for the rest."""
    if np.any(np.asarray(control.sum_x) != control.n) or np.any(control.sum_cc):
        return np.asarray(effect.fixed_p_value)
    means, errors = [], []
    for arm in (control, treatment):
        mean = np.asarray(arm.sum_y) / arm.n
        means.append(mean)
        errors.append((np.asarray(arm.sum_yy) / arm.n - mean**2) / (np.asarray(arm.n) - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * ndtr(-np.abs(np.nan_to_num((means[1] - means[0]) / np.sqrt(errors[0] + errors[1])))))


def returning() -> Iterator[Row]:
    """A/A with listeners who come back: their sums grow, so that looks are of the same people and not of new ones."""
    per, days, runs = 15, 40, RUNS
    rng = np.random.default_rng(1)
    found: dict[str, list[Any]] = {
        "clicks per place, same listeners every day": [],
        "active days, same listeners every day": [],
    }
    peeked: dict[str, list[Any]] = {name: [] for name in found}
    for _ in range(runs // CHUNK):
        sides = [returning_days(rng, CHUNK, per, days) for _ in range(2)]
        for place, name in enumerate(found):
            effect = ex.compare(sides[0][place], sides[1][place], alpha=ALPHA, rho=ex.tuned(2 * per * days, ALPHA))
            found[name].append(np.asarray(effect.p_value) <= ALPHA)
            peeked[name].append(np.asarray(effect.fixed_p_value) <= ALPHA)
    for name, own in found.items():
        yield row("false positives, any look", name, runs, ever(own), ALPHA, "<=", ever(peeked[name]))


def coverage() -> Iterator[Row]:
    """With an effect of 5%: does the interval have the truth in it at every look?"""
    ratio = clicks_truth(0.05), clicks_truth(0.0)
    cases: dict[str, tuple[Draw, float, float]] = {
        "share of 10%": (share(0.1), 0.005, 0.05),
        "hours, heavy tail (sigma 1.5)": (hours(1.5), 0.05 * np.exp(1.5**2 / 2), 0.05),
        "hours, CUPED": (hours(1.0, 0.8), 0.05 * np.exp(0.5), 0.05),
        "clicks per place (ratio)": (clicks, ratio[0] - ratio[1], ratio[0] / ratio[1] - 1),
    }
    for case, (draw, truth, relative) in cases.items():
        missed, missed_relative, fixed = [], [], []
        for control, treatment in streams(draw, RUNS, effect=0.05, seed=2):
            effect = ex.compare(control, treatment, alpha=ALPHA)
            missed.append((effect.low > truth) | (effect.high < truth))
            fixed.append((effect.fixed_low > truth) | (effect.fixed_high < truth))
            missed_relative.append((effect.relative_low > relative) | (effect.relative_high < relative))
        yield row("truth in the interval, all looks", case, RUNS, 1 - ever(missed), 1 - ALPHA, ">=", 1 - ever(fixed))
        yield row("same, relative", case, RUNS, 1 - ever(missed_relative), 1 - ALPHA, ">=")


def plans() -> Iterator[Row]:
    """An effect exactly as large as planned for: how often is it found, and how soon?"""
    cases: dict[str, tuple[Draw, float, float, float, float, float | None]] = {
        "share of 10%, +10%": (share(0.1), 0.1, 0.09, 0.1, 0.0, 0.11 * 0.89),
        "hours (sigma 1), +10%": (hours(1.0), np.exp(0.5), (np.e - 1) * np.e, 0.1, 0.0, None),
        "normal, +0.5%, CUPED of 0.7": (normal(0.7), 10.0, 1.0, 0.005, 0.7, 1.0),
        "clicks per place (ratio), +8%": (clicks, clicks_truth(0.0), _clicks_variance(), 0.08, 0.0, None),
    }
    for case, (draw, mean, variance, effect, correlation, after) in cases.items():
        plan = ex.power(mean, variance, effect, correlation=correlation, variance_after=after)
        batch = -(-plan.sequence // 14)
        stopped, once = [], []
        for control, treatment in streams(draw, RUNS, effect, looks=14, batch=batch, seed=3):
            found = np.asarray(ex.compare(control, treatment, alpha=ALPHA, rho=plan.rho).p_value) <= ALPHA
            stopped.append(np.where(found.any(-1), found.argmax(-1) + 1, 0))
        for control, treatment in streams(draw, RUNS, effect, looks=1, batch=plan.fixed, seed=4):
            once.append(np.asarray(ex.compare(control, treatment, alpha=ALPHA).fixed_p_value) <= ALPHA)
        at = np.concatenate(stopped)
        units = np.where(at > 0, at, 14).mean() * batch
        yield row("power", f"{case}: found by {plan.sequence:,}", RUNS, (at > 0).mean(), 0.8, "=", ever(once))
        yield {
            **row("units until it is clear", f"{case}, over planned", RUNS, units / plan.expected, 1.0, "="),
            "beside": plan.fixed / plan.expected,
            "holds": "yes" if abs(units / plan.expected - 1) < 0.05 else "NO",
        }


def _clicks_variance() -> float:
    y, x, _ = clicks(np.random.default_rng(5), (1_000_000,), 0.0)
    return float(((y - y.sum() / x.sum() * x) / x.mean()).var())


def cuped() -> Iterator[Row]:
    """The variance of the difference, with CUPED over without, among runs."""
    for correlation in (0.0, 0.3, 0.5, 0.7, 0.9):
        [(control, treatment)] = streams(normal(correlation), RUNS, looks=1, batch=500, seed=6)
        plain = [ex.Summary(*(getattr(one, name) for name in _WITHOUT)) for one in (control, treatment)]
        kept, all_of_it = ex.compare(control, treatment), ex.compare(*plain)
        measured = float(np.var(kept.difference) / np.var(all_of_it.difference))
        said = 1 - np.mean(kept.explained)
        wanted = 1 - correlation**2
        yield {
            **row("variance that CUPED leaves", f"correlation {correlation}", RUNS, measured, wanted, "="),
            "beside": float(said),
            "holds": "yes" if abs(measured - wanted) < 0.05 and abs(said - wanted) < 0.01 else "NO",
        }


_WITHOUT = ("n", "sum_y", "sum_yy", "sum_x", "sum_xx", "sum_xy")


def delta() -> Iterator[Row]:
    """A single look at a ratio: the delta method, beside places taken for independent."""
    for batch in (100, 1_000):
        seen = list(streams(clicks, RUNS, looks=1, batch=batch, seed=7))
        found = [np.asarray(ex.compare(*one).fixed_p_value) > ALPHA for one in seen]
        naive = []
        for one, two in seen:
            pooled = (one.sum_y + two.sum_y) / (one.sum_x + two.sum_x)
            error = np.sqrt(pooled * (1 - pooled) * (1 / one.sum_x + 1 / two.sum_x))
            naive.append(np.abs(two.sum_y / two.sum_x - one.sum_y / one.sum_x) <= 1.959964 * error)
        case = f"clicks per place, {batch:,} listeners each, one look"
        yield row("truth in the interval", case, RUNS, ever(found), 1 - ALPHA, ">=", ever(naive))


def mismatches() -> Iterator[Row]:
    """Daily counts of an even split, of which a part of the treatment's units gets lost."""
    days, per, rng = 100, 10_000, np.random.default_rng(8)
    for case, lost in (
        ("as intended", 0.0), ("1% of the treatment lost", 0.01), ("2% of the treatment lost", 0.02), ("51 : 49", 1 - 0.49 / 0.51),
    ):  # fmt: skip
        one = rng.binomial(per, 0.5, (RUNS, days))
        counts = np.cumsum(np.stack([one, rng.binomial(per - one, 1 - lost)], -1), axis=1)
        p = mismatch_p(counts, np.array([0.5, 0.5]))
        expected = counts.sum(-1, keepdims=True) / 2
        usual = chi2.sf(((counts - expected) ** 2 / expected).sum(-1), 1) <= 0.01
        usual = usual[:, -1:] if lost else usual  # looked at once, where that is fair
        alarmed = p <= 0.01
        at = np.where(alarmed.any(-1), alarmed.argmax(-1) + 1, days + 1)
        when = f"{case}: alarm within {days * per:,} units"
        if not lost:
            yield row("mismatch", when, RUNS, ever([alarmed]), 0.01, "<=", ever([usual]))
        else:
            yield told("mismatch", when, RUNS, ever([alarmed]), ever([usual]))
            yield told("mismatch", f"{case}: units until half alarm", RUNS, float(np.median(at) * per))


def segments() -> Iterator[Row]:
    """Twenty segments, five of them with an effect: how much of what is found is wrong?"""
    rng = np.random.default_rng(9)
    z = rng.standard_normal((RUNS, 20))
    z[:, :5] += 3.5
    p = 2 * ndtr(-np.abs(z))
    raw = p <= ALPHA
    for method, name in (
        ("holm", "anything wrong, Holm"),
        ("benjamini-hochberg", "part that is wrong, Benjamini-Hochberg"),
    ):
        found = np.array([ex.corrected(one, method) for one in p]) <= ALPHA  # type: ignore[arg-type]
        rates = []
        for one in (found, raw):
            wrong = one[:, 5:].sum(-1)
            rates.append((wrong > 0).mean() if method == "holm" else (wrong / np.maximum(one.sum(-1), 1)).mean())
        yield row("segments", name, RUNS, rates[0], ALPHA, "<=", float(rates[1]))


def interleaved() -> Iterator[Row]:
    """Listeners click by what they like and by how far down it stands; b ranks by the truth with more noise than a."""
    for case, noises, listeners, wanted, how in (
        ("no difference: found at any look", (1.0, 1.0), 500, ALPHA, "<="),
        ("a is better: found", (0.8, 1.4), 500, 0.8, ">="),
    ):
        runs, found, ab, right = 400, 0, 0, 0
        for run in range(runs):
            rng = np.random.default_rng((10, run))
            like = np.clip(0.25 * np.exp(rng.standard_normal((listeners, 30)) - 0.5), 0, 1)
            ranked = [
                np.argsort(-(np.log(like) + noise * rng.standard_normal(like.shape)), axis=1)[:, :10]
                for noise in noises
            ]
            both = enumerate(zip(*ranked, strict=True))
            lists = [ex.interleave(a.tolist(), b.tolist(), f"{run}:{one}", 10) for one, (a, b) in both]
            clicked = _clicked(rng, like, np.array([one.ranking for one in lists]))
            teams = np.array([one.teams for one in lists])
            of_a, of_b = ((clicked & (teams == team)).sum(1) for team in ("a", "b"))
            until = range(50, listeners + 1, 50)
            effects = [ex.preference(of_a[:n], of_b[:n], rho=ex.tuned(listeners)) for n in until]
            found += any(one.p_value <= ALPHA for one in effects)
            right += effects[-1].difference > 0
            half = listeners // 2
            sums = [ex.summarise(_clicked(rng, like[part], own[part]).sum(1))
                    for own, part in zip(ranked, (slice(0, half), slice(half, None)), strict=True)]  # fmt: skip
            ab += ex.compare(sums[1], sums[0], rho=ex.tuned(listeners)).p_value <= ALPHA
        yield row(
            "interleaving", f"{case}, {listeners} listeners (beside: A/B)", runs, found / runs, wanted, how, ab / runs
        )
        if noises[0] != noises[1]:
            yield row("interleaving", "a is better: points to a", runs, right / runs, 0.99, ">=")


def _clicked(rng: np.random.Generator, like: np.ndarray, ranking: np.ndarray) -> np.ndarray:
    looked_at = 1 / np.log2(np.arange(ranking.shape[1]) + 2)
    return np.asarray(rng.random(ranking.shape) < np.take_along_axis(like, ranking, 1) * looked_at)


def off_policy() -> Iterator[Row]:
    """A logged bandit: 50 kinds of listeners, 20 items, a new way that is surer of what is liked."""
    rng = np.random.default_rng(11)
    liking = rng.beta(1, 6, (50, 20))
    logged = _softmax(2 * liking + rng.standard_normal(liking.shape) * 0.5)
    new = _softmax(6 * liking)
    truth = float((new * liking).sum(1).mean())
    good, bad = np.clip(liking + 0.05 * rng.standard_normal(liking.shape), 0, 1), rng.random(liking.shape) * 0.5
    n, values = 2_000, {name: list[ex.Estimate]() for name in _OFF}
    for _ in range(RUNS):
        group = np.arange(n) // 10
        kind = rng.integers(0, 50, n // 10)[group]
        item = (rng.random((n, 1)) > np.cumsum(logged, 1)[kind]).sum(1).clip(max=19)
        # Listeners have moods: rewards of one listener go together.
        chance = np.clip(liking[kind, item] * rng.gamma(4, 0.25, n // 10)[group], 0, 1)
        reward = (rng.random(n) < chance).astype(float)
        given = reward, logged[kind, item], new[kind, item]
        values["IPS"].append(ex.ips(*given, groups=group))
        values["IPS, weights cut at 3"].append(ex.ips(*given, clip=3, groups=group))
        values["SNIPS"].append(ex.snips(*given, groups=group))
        values["SNIPS, listeners not grouped"].append(ex.snips(*given))
        for name, model in (("doubly robust, fair model", good), ("doubly robust, useless model", bad)):
            values[name].append(ex.doubly_robust(*given, model[kind, item], (new * model).sum(1)[kind], groups=group))
    truth = _with_moods(rng, liking, new)
    for name, found in values.items():
        value = np.array([one.value for one in found])
        off = abs(value.mean() - truth) / (value.std() / np.sqrt(RUNS))
        covers = float(np.mean([one.low <= truth <= one.high for one in found]))
        about = f"{name} (spread {value.std():.4f}, {np.mean([one.effective_n for one in found]):.0f} of {n:,} count)"
        if name in {"IPS, weights cut at 3", "SNIPS, listeners not grouped"}:
            yield told("off-policy: mean over truth", f"{about}: known off", RUNS, value.mean() / truth)
            yield told("off-policy: truth in the interval", f"{name}: known off", RUNS, covers)
            continue
        found_row = row("off-policy: mean over truth", about, RUNS, value.mean() / truth, 1.0, "=")
        yield {**found_row, "holds": "yes" if off < ERROR else "NO"}
        yield row("off-policy: truth in the interval", name, RUNS, covers, 1 - ALPHA, "=")


_OFF = (
    "IPS", "IPS, weights cut at 3", "SNIPS", "SNIPS, listeners not grouped",
    "doubly robust, fair model", "doubly robust, useless model",
)  # fmt: skip


def _with_moods(rng: np.random.Generator, liking: np.ndarray, new: np.ndarray) -> float:
    moods = rng.gamma(4, 0.25, 200_000)
    levels = np.linspace(0, 1, 2_001)
    of_level = np.array([np.minimum(level * moods, 1).mean() for level in levels])
    return float((new * np.interp(liking, levels, of_level)).sum(1).mean())


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores)
    return np.asarray(powers / powers.sum(1, keepdims=True))


def verdicts() -> Iterator[Row]:
    """A goal, two guardrails and the counts, judged after every day: what is said in the end, when the first clear word ends it."""
    runs, days, per = 500, 20, 100
    for case, effect, harm, right, wanted, how in (
        ("A/A: anything but undecided", 0.0, 0.0, "undecided", 0.10, "<="),
        ("goal better by 0.3 standard deviations: ship", 0.03, 0.0, "ship", 0.8, ">="),
        ("guardrail 15% worse: stop", 0.0, -0.15, "stop", 0.8, ">="),
    ):
        draws = (normal(0.7), effect), (hours(0.5), harm), (share(0.3), 0.0)
        said = []
        for run in range(runs):
            rng = np.random.default_rng((12, run))
            halves = rng.binomial(2 * per, 0.5, days)
            said.append(_first_word([_day(rng, draws, int(half), 2 * per - int(half)) for half in halves]))
        words = np.array(said)
        measured = (words != right).mean() if right == "undecided" else (words == right).mean()
        yield row("verdict at any look", case, runs, float(measured), wanted, how)


def _day(rng: np.random.Generator, draws: Any, *units: int) -> list[list[ex.Summary]]:
    return [
        [ex.summarise(*draw(rng, (n,), by)) for n, by in zip(units, (0.0, effect), strict=True)]
        for draw, effect in draws
    ]


def _first_word(days: list[list[list[ex.Summary]]]) -> str:
    so_far = days[0]
    for day in days[1:]:
        so_far = [[a + b for a, b in zip(old, new, strict=True)] for old, new in zip(so_far, day, strict=True)]
        goal, hours, back = (ex.compare(*arms, rho=ex.tuned(4_000)) for arms in so_far)
        metrics = [
            ex.Judged("goal", goal), ex.Judged("hours", hours, role="guardrail"), ex.Judged("return", back, role="guardrail"),
        ]  # fmt: skip
        word = ex.verdict(metrics, ex.mismatch([int(one.n) for one in so_far[0]], [0.5, 0.5])).decision
        if word != "undecided":
            return word
    return "undecided"


PROOFS = (
    false_positives, returning, coverage, plans, cuped, delta, mismatches, segments, interleaved, off_policy, verdicts,
)  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = measure.parser(__doc__)
    options.add_argument("--only", choices=[one.__name__ for one in PROOFS], action="append")
    chosen = options.parse_args(arguments)
    rows: list[Row] = []
    about: dict[str, Any] = {}
    for proof in PROOFS:
        if chosen.only and proof.__name__ not in chosen.only:
            continue
        begun = time.perf_counter()
        rows += proof()
        about[f"seconds: {proof.__name__}"] = round(time.perf_counter() - begun, 1)
    about["rows that do not hold"] = sum(one["holds"] == "NO" for one in rows)
    measure.report("The statistics of experiments, by simulation", rows, chosen.json, **about)


if __name__ == "__main__":
    main()

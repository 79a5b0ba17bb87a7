import numpy as np
import pytest

from segue.evaluation.experiments import Judged, compare, mismatch, summarise, verdict

EVEN = mismatch([500, 500], [1, 1])


def effect(change, n=2_000, noise=0.1):
    """Of values around 1, in which chance has no part."""
    values = 1 + noise * np.tile([-1.0, 1.0], n // 2)
    return compare(summarise(values), summarise(values + change))


@pytest.mark.parametrize(
    ("metrics", "decision", "said"),
    [
        ([Judged("likes", effect(0.05))], "ship", "better for likes"),
        ([Judged("skips", effect(-0.05), "down")], "ship", "better for skips"),
        ([Judged("skips", effect(0.05), "down")], "keep", "worse for skips"),
        ([Judged("likes", effect(0.0, noise=2.0))], "undecided", "not clear"),
        ([Judged("likes", effect(0.05)), Judged("plays", effect(-0.05))], "keep", "worse for plays, though better"),
        ([Judged("likes", effect(0.05)), Judged("hours", effect(-0.05), role="guardrail")], "stop", "harms hours"),
        ([Judged("likes", effect(0.05)), Judged("hours", effect(-0.02), role="guardrail", margin=0.05)], "ship", "better"),
        (
            [Judged("likes", effect(0.05)), Judged("hours", effect(0.0, noise=2.0), role="guardrail", margin=0.01)],
            "undecided",
            "may still harm hours",
        ),
        ([Judged("likes", effect(0.0, n=20))], "undecided", "not clear"),
    ],
)  # fmt: skip
def test_what_is_said(metrics, decision, said):
    found = verdict(metrics, EVEN)
    assert found.decision == decision
    assert said in found.sentence
    assert len(found.why) == len(metrics)


def test_no_result_is_believed_with_a_mismatch():
    found = verdict([Judged("likes", effect(0.05))], mismatch([50_000, 48_000], [1, 1]))
    assert found.decision == "stop"
    assert "50,000 / 48,000 where about 49,000 / 49,000" in found.sentence


def test_it_ends_when_the_time_is_over_or_nothing_worth_it_is_left():
    unclear = [Judged("likes", effect(0.001))]
    assert verdict(unclear, EVEN, finished=True).decision == "keep"
    assert "5.0%" in verdict(unclear, EVEN, minimum_effect=0.05).sentence
    assert verdict(unclear, EVEN, minimum_effect=0.002).decision == "undecided"
    assert verdict(unclear, EVEN).why[0].startswith("likes: +0.1% (between -0.")
    with pytest.raises(ValueError, match="goal"):
        verdict([Judged("hours", effect(0), role="guardrail")], EVEN)


def test_many_goals_need_more():
    # Clear alone, and not among ten.
    near = Judged("likes", effect(0.0122))
    assert 0.005 < near.effect.p_value <= 0.05
    assert verdict([near], EVEN).decision == "ship"
    others = [Judged(f"other {number}", effect(0.0)) for number in range(9)]
    assert verdict([near, *others], EVEN).decision == "undecided"


def test_of_what_is_nearly_zero_the_difference_is_told():
    nothing, some = np.tile([-0.1, 0.1], 1_000), np.tile([0.0, 0.2], 1_000)
    likes, errors = (compare(summarise(nothing), summarise(some)) for _ in range(2))
    found = verdict([Judged("likes", likes), Judged("errors", errors, "down", "guardrail")], EVEN)
    assert found.decision == "stop"
    assert found.why[0].startswith("likes: +0.1 (between +0.0")
    assert found.why[1].endswith("worse.")

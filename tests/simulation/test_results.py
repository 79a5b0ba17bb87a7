"""What the numbers of a simulation are said to mean."""

import json

import numpy as np
import pytest

from segue.simulation.measures import MEASURES, OF_LISTENERS
from segue.simulation.page import first_and_last, report_of
from segue.simulation.policies import POLICIES
from segue.simulation.results import Course, Simulation

N, WEEKS = 40, 8
BY_ID = {measure.id: measure for measure in MEASURES}


def course_of(policy, **weekly):
    """A course whose listeners are all about the same: what is not given is 0.5 in every week."""
    spread = np.random.default_rng(0).normal(0, 0.01, (WEEKS, N))
    spread -= spread.mean(axis=1, keepdims=True)
    values = {}
    for measure in MEASURES:
        line = np.asarray(weekly.get(measure.id, np.full(WEEKS, 0.5)))
        values[measure.id] = line[:, np.newaxis] + spread if measure.id in OF_LISTENERS else line
    return Course(POLICIES[policy], values)


@pytest.fixture
def simulation():
    better = course_of("default", skips=np.linspace(0.5, 0.3, WEEKS), gini=np.linspace(0.5, 0.9, WEEKS))
    worse = course_of("exploit", skips=np.linspace(0.5, 0.6, WEEKS), likes=np.full(WEEKS, np.nan))
    counts = {"listeners": N, "tracks": 9, "listens": 99}
    return Simulation(1, 0.1, WEEKS, "ease", "0123", counts, (better, worse))


def test_first_and_last_are_a_quarter_each(simulation):
    change = simulation.change(simulation.courses[0], BY_ID["gini"])
    line = np.linspace(0.5, 0.9, WEEKS)
    assert (change.first, change.last) == pytest.approx((line[:2].mean(), line[-2:].mean()))
    assert change.direction == 1
    assert change.difference is None


def test_a_change_has_an_interval_over_listeners(simulation):
    fallen = simulation.change(simulation.courses[0], BY_ID["skips"])
    assert fallen.direction == -1
    assert fallen.difference.low < fallen.last - fallen.first < fallen.difference.high < 0
    assert simulation.change(simulation.courses[0], BY_ID["discovery"]).direction == 0
    assert simulation.change(simulation.courses[1], BY_ID["likes"]).direction == 0


def test_policies_are_compared_listener_by_listener(simulation):
    beside = simulation.beside(*simulation.courses, BY_ID["skips"])
    expected = np.linspace(0.5, 0.3, WEEKS)[-2:].mean() - np.linspace(0.5, 0.6, WEEKS)[-2:].mean()
    # Both have the same spread, so that nothing of it is left in the difference.
    assert beside.mean == pytest.approx(expected)
    assert beside.low == pytest.approx(expected)
    assert simulation.beside(*simulation.courses, BY_ID["gini"]) is None


def test_the_verdict_says_it_in_words(simulation):
    over_time, _, compared = simulation.verdict()
    assert over_time.startswith("Under default, over 8 weeks, ")
    assert "down: skips (48.6% to 31.4%)" in over_time
    assert "no clear change in: likes" in over_time
    assert "likes" not in simulation.verdict()[1]
    assert compared.startswith("Beside exploit, in the last 2 weeks, default has ")
    assert "skips 27.9 points lower (better)" in compared


def test_the_table_marks_what_changed(simulation):
    rows = {row[0]: row[1:] for row in first_and_last(simulation).rows}
    assert rows["Skips"][0].endswith("▼")
    assert rows["Skips"][1].endswith("▲")
    assert rows["Likes"][1] == "–\u00a0→ –"


def test_the_document_is_plain_json(simulation):
    document = json.loads(json.dumps(simulation.document(), allow_nan=False))
    first = document["policies"][0]
    assert first["weekly"]["skips"][0] == pytest.approx(0.5, abs=0.01)
    assert first["changes"]["skips"]["direction"] == -1
    assert document["policies"][1]["weekly"]["likes"] == [None] * WEEKS


def test_the_report_has_a_line_for_each_policy_and_measure(simulation):
    report = report_of(simulation)
    drawn = {figure.id: figure for section in report.sections for figure in section.figures}
    for measure in MEASURES:
        # Of what there is nothing to say, there is no line.
        named = ["default"] if measure.id == "likes" else ["default", "exploit"]
        assert [line.name for line in drawn[measure.id].data.lines] == named
        assert "default" in drawn[measure.id].finding
    assert drawn["skips"].data.lines[0].y[0] == pytest.approx(50, abs=1)
    json.dumps(report.document(), allow_nan=False)

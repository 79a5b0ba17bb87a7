"""A simulation as a report of figures, which `segue.exploring` makes a page of."""

from __future__ import annotations

import numpy as np

from segue.exploring.report import Figure, LeftOut, Report, Section
from segue.exploring.shapes import Line, Lines, Table, numbers
from segue.exploring.wording import counted
from segue.simulation.measures import MEASURES, Measure
from segue.simulation.results import Simulation, shown

SECTIONS = (
    ("served", "How well listeners are served", ("skips", "likes", "suiting")),
    ("narrow", "Whether their world narrows", ("discovery", "breadth", "taste", "diversity")),
    ("shares", "Who gets heard", ("gini", "coverage", "homogeneity")),
)


def report_of(simulation: Simulation) -> Report:
    """The report: what it says first, then a line for each policy and measure."""
    by_id = {measure.id: measure for measure in MEASURES}
    nothing: tuple[LeftOut, ...] = ()
    sections = [
        Section("contents", "What came of it", (_lead(simulation),), nothing),
        Section("verdict", "What it says", (_verdicts(simulation),), nothing),
    ]
    for section, title, names in SECTIONS:
        figures = tuple(_figure(simulation, by_id[name]) for name in names)
        sections.append(Section(section, title, figures, nothing))
    sections.append(Section("how", "How it is done", (_policies(simulation), _measured()), nothing))
    return Report("Weeks with simulated listeners", simulation.library, simulation.seed, tuple(sections))


def first_and_last(simulation: Simulation) -> Table:
    """Each measure of each policy, in the first weeks and in the last."""
    rows = []
    for measure in MEASURES:
        changes = [simulation.change(course, measure) for course in simulation.courses]
        told = (
            # Where a narrow column breaks it, the arrow stays with the first number, and the mark with the last.
            f"{shown(each.first, measure)}\u00a0→ {shown(each.last, measure)}{_arrow(each.direction)}"
            for each in changes
        )
        rows.append((measure.title, *told))
    return Table(("measure", *(course.policy.name for course in simulation.courses)), tuple(rows))


def _arrow(direction: int) -> str:
    return ("\u00a0▼", "", "\u00a0▲")[direction + 1]


def _lead(simulation: Simulation) -> Figure:
    counts = simulation.counts
    finding = (
        f"{counts['listeners']:,} invented listeners, whose tastes no recommender is told, were shown a page of 30 tracks"
        f" every week for {counted(simulation.weeks, 'week')}. An arrow marks what clearly rose or fell."
    )
    span = f"{simulation.span} weeks" if simulation.span > 1 else "week"
    return Figure("first-and-last", f"The first {span} and the last", finding, "", first_and_last(simulation))


def _verdicts(simulation: Simulation) -> Figure:
    rows = tuple((sentence,) for sentence in simulation.verdict())
    finding = (
        "A change or difference is called one where its 95% bootstrap interval over listeners leaves 0 out. These are the"
        " listeners of one world: in another (--seed) small changes can be different ones."
    )
    return Figure("words", "In words", finding, "", Table(("what the numbers say",), rows))


def _figure(simulation: Simulation, measure: Measure) -> Figure:
    weeks = tuple(range(1, simulation.weeks + 1))
    scale = 100 if measure.percent else 1
    lines = tuple(
        Line(course.policy.name, weeks, numbers(scale * course.weekly(measure.id)))
        for course in simulation.courses
        if np.isfinite(course.weekly(measure.id)).any()
    )
    unit = f"{measure.unit} (%)" if measure.percent else measure.unit
    finding = f"{measure.meaning} {simulation.finding(measure)}"
    return Figure(measure.id, measure.title, finding, unit, Lines(lines, "week", unit))


def _policies(simulation: Simulation) -> Figure:
    counts = simulation.counts
    rows = tuple((course.policy.name, course.policy.meaning) for course in simulation.courses)
    finding = (
        f"All policies began with the same {counts['listens']:,} listens and {counts['tracks']:,} tracks, and met the same"
        f" luck; every week {simulation.model} learned from all that was heard under each."
        " A listener goes down the page and stops sooner after a skip, skips what does not suit (the demo world's own rule),"
        " likes some of what suits well, tires of what was heard often, and leans for a quarter of their taste to what they"
        " heard of late. No track is shown to somebody who has begun it before, so what suits best is used up week by week."
    )
    return Figure("policies", "What was compared", finding, "", Table(("policy", "what is shown"), rows))


def _measured() -> Figure:
    rows = tuple((measure.title, measure.meaning) for measure in MEASURES)
    finding = "Everything is measured by week; the hidden truth is used to measure and to skip, and never to recommend."
    return Figure("measures", "What was measured", finding, "", Table(("measure", "how"), rows))

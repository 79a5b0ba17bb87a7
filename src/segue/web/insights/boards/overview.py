"""How the service is doing."""

from __future__ import annotations

from collections.abc import Sequence

from segue.exploring.report import Section
from segue.web.insights.base import Asked, Board, section
from segue.web.insights.figures import activity, answered, returning
from segue.web.insights.kept import of_rollups
from segue.web.insights.rollups import Rollups


@of_rollups
def make(rollups: Rollups, asked: Asked) -> Sequence[Section]:
    """Listening, coming back, and what comes of recommendations."""
    spans = activity.Spans.of(rollups, asked)
    until = returning.last_day(rollups, asked)
    found = returning.cohorts(rollups, until)
    by_day = [activity.listens_by_day(spans), activity.active_by_day(spans), activity.discovery_by_day(spans)]
    return [
        section("numbers", "The numbers", [activity.totals(spans)]),
        section("listening", "Listening", [*by_day, activity.hours(rollups, asked.period)]),
        section("returning", "Coming back", [
            returning.retention_grid(found), returning.retention_curves(found), *returning.silences(rollups, until),
        ]),
        section("recommended", "What comes of recommendations", [
            *answered.came_of(rollups, asked, "surface"), *answered.came_of(rollups, asked, "source"),
        ]),
    ]  # fmt: skip


BOARD = Board(
    "overview", "Overview", "How much is listened to, who comes back, and what comes of recommendations.", 0, make
)

"""The models: drift and fairness by hand, and how good recommendations are, on a real engine."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from segue.engine.request import Listen
from segue.web.discovery.models import Exposure, Outcome
from segue.web.insights import rollups
from segue.web.insights.base import asked_of
from segue.web.insights.boards import models as board
from segue.web.insights.figures import fairness
from segue.web.insights.figures.drift import by_chance, drift, psi
from segue.web.insights.nightly import details, quality
from segue.web.insights.nightly.exposed import exposed
from segue.web.insights.nightly.problems import catalogue as looked_over
from segue.web.insights.nightly.quality import _Case, _judged
from segue.web.insights.nightly.starts import starts
from segue.web.listening.models import Listen as Heard


def test_the_stability_index_by_hand():
    """(0.8 - 0.5) ln(0.8 / 0.5) + (0.2 - 0.5) ln(0.2 / 0.5)"""
    assert psi(np.array([50, 50]), np.array([80, 20])) == pytest.approx(0.3 * np.log(1.6) + 0.3 * np.log(2.5))
    assert by_chance(2, 100, 100) == pytest.approx(3.841459 * 0.02)
    moved = drift({"rock": 500, "jazz": 500}, {"rock": 800, "jazz": 200})
    assert (moved.verdict, moved.grew, moved.fell) == ("moved much", "rock", "jazz")
    assert drift({"rock": 5, "jazz": 5}, {"rock": 8, "jazz": 2}).verdict == "steady"  # so few say nothing
    assert drift({}, {"rock": 1}) is None


def test_who_gets_the_places_by_hand():
    tracks = pl.DataFrame({"track": [1, 2, 3], "country": ["SE", "DE", None]})
    played = pl.DataFrame({"track": [1, 2], "listens": [3, 1]})
    shown = pl.DataFrame({"track": [1, 3], "weight": [1.0, 1.0]})
    groups = {one.name: one for one in fairness.by_country(played, shown, tracks)}
    assert (groups["SE"].exposure, groups["SE"].listening, groups["SE"].ratio) == (0.5, 0.75, pytest.approx(2 / 3))
    assert (groups["not known"].exposure, groups["not known"].ratio) == (0.5, None)
    assert fairness.gap(list(groups.values())) == 0.5
    earlier = pl.DataFrame({"track": [2, 1], "listens": [9, 5]})
    names = [(one.name, one.tracks) for one in fairness.by_popularity(earlier, played, shown, tracks)]
    assert names == [("1", 1), ("6", 1), ("not played before", 1)]


def test_a_case_is_judged_by_what_was_new():
    known = (Listen("a"),)
    cases = [
        _Case(n, "SE", "casual", known, (), frozenset(wanted)) for n, wanted in enumerate(({"b"}, {"c", "d"}, {"x"}))
    ]
    judged = _judged(cases, [["b", "q"], ["q", "c"], ["q"]])
    assert judged["hit_rate"].to_list() == [1, 1, 0]
    second = (1 / np.log2(3)) / (1 + 1 / np.log2(3))
    assert judged["ndcg"].to_list() == pytest.approx([1, second, 0])


@pytest.mark.usefixtures("catalogue", "snapshot")
def test_the_board_on_a_whole_world(settings, listener):
    """Everything but what nobody began with has something to tell."""
    last = Heard.objects.order_by("-time_ms").first()
    day = datetime.fromtimestamp(last.time_ms / 1000, UTC).date()
    until = day - timedelta(days=day.weekday() + 1)  # the last Sunday before
    ended = int(datetime(until.year, until.month, until.day, tzinfo=UTC).timestamp() * 1000)
    before = Heard.objects.filter(track__isnull=False, time_ms__lt=ended).order_by("-time_ms")
    rows = list(before.select_related("track")[:200])
    pages = Exposure.objects.bulk_create([
        Exposure(listener_id=one.listener_id, surface="home", snapshot="s", shown_ms=one.time_ms - 1000,
                 tracks=[[one.track.key, "ease", None, "played", None]])
        for one in rows
    ])  # fmt: skip
    Outcome.objects.bulk_create(
        [Outcome(exposure=page, track_key=page.tracks[0][0], kind="played", time_ms=page.shown_ms) for page in pages]
    )
    rollups.make(lambda *_: None)
    parts = {"catalogue": looked_over, "exposed": exposed, "starts": starts, "quality": quality.quality}
    details.make(parts, lambda *_: None)
    sections = board.make(asked_of(str(until - timedelta(days=27)), str(until), None, until))
    found = {one.id: one for part in sections for one in part.figures}
    assert {"leaderboard", "by-kind", "drift", "scores", "sources", "by-popularity", "by-artist-country"} <= set(found)
    assert "is in use" in found["leaderboard"].finding
    assert "It has learned from that week" in found["by-kind"].finding
    assert all(row[1] >= 20 for row in found["by-kind"].data.rows)
    assert found["sources"].data.rows == (("ease", 200, 100.0, 100.0, 100.0, 0),)

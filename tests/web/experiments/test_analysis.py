"""What is measured of listeners' days, and what comes of it."""

import numpy as np
import pytest

from segue.web import clock
from segue.web.catalog.models import Artist, Credit, Track
from segue.web.discovery.models import Exposure, Outcome
from segue.web.experiments import deciding
from segue.web.experiments.analysis import analyse
from segue.web.experiments.jobs import look_at_all
from segue.web.experiments.measuring import DAY_MS, Unit, measured
from segue.web.experiments.models import RUNNING, STOPPED, Decision, Experiment, Point, Seen
from segue.web.listening.models import Feedback, Listen, Listener

NOW_MS = 1_800_000_000_000


@pytest.fixture
def at(monkeypatch):
    """Sets the clock, in days after it stands still."""

    def moved(days):
        monkeypatch.setattr(clock, "now_ms", lambda: NOW_MS + int(days * DAY_MS))

    moved(0)
    return moved


def _shown(listener, days, surface="recommendations", outcomes=()):
    page = Exposure.objects.create(
        listener=listener, surface=surface, snapshot="s", shown_ms=NOW_MS + int(days * DAY_MS),
        tracks=[[key, "model", None] for key in ("t1", "t2", "t3", "t4")],
    )  # fmt: skip
    for track, kind in outcomes:
        Outcome.objects.create(exposure=page, track_key=track, kind=kind, time_ms=page.shown_ms)


def test_the_days_of_a_listener_by_hand(db):
    listener, other = Listener.objects.create(key="one", country="SE"), Listener.objects.create(key="two")
    tracks = [Track.objects.create(key=f"t{place}", title="T") for place in (1, 2, 3)]
    for place, track in enumerate(tracks):
        artist = Artist.objects.create(key=f"a{place}", name="A")
        Credit.objects.create(track=track, artist=artist, position=0)
    _shown(
        listener,
        0,
        outcomes=[("t1", "played"), ("t1", "liked"), ("t2", "skipped"), ("t3", "played"), ("t3", "skipped")],
    )
    _shown(listener, 6.9)
    _shown(listener, 7.1)
    _shown(listener, 1, surface="playlist")
    _shown(other, 1, outcomes=[("t1", "played")])
    for number, (track, days, ms, skipped) in enumerate(
        [
            (0, -3, 100, False),
            (0, -60, 100, True),
            (0, 1, 200, False),
            (1, 1, 300, None),
            (2, 2, 50, True),
            (2, 7, 1, False),
        ]
    ):
        Listen.objects.create(
            listener=listener,
            track=tracks[track],
            time_ms=NOW_MS + days * DAY_MS,
            ms_played=ms,
            skipped=skipped,
            event=number,
        )
    Listen.objects.create(listener=other, track=tracks[0], plays=5, event=1)
    Feedback.objects.create(listener=listener, track=tracks[0], kind="like", time_ms=NOW_MS - DAY_MS)
    found = measured(
        [Unit(listener.pk, NOW_MS, NOW_MS + 7 * DAY_MS), Unit(other.pk, NOW_MS, NOW_MS + DAY_MS)], ["recommendations"]
    )
    one = found[listener.pk]
    assert (one.shown, one.started, one.through, one.skipped, one.liked) == (8, 3, 2, 2, 1)
    assert (one.listens, one.ms, one.days) == (3, 550, 2)
    assert one.found == 1, "t2's artist is new; t1's was heard before, t3's was skipped"
    assert one.before == {"listens": 1, "skipped": 0, "known": 1, "days": 1, "likes": 1}
    assert (one.country, one.old) == ("SE", True)
    assert found[other.pk].old, "a count of plays was there before"
    assert found[other.pk].shown == 0, "its page came when its days were over"


def _crowd(experiment, through, n=120):
    """Listeners whose first day is today, and who play a page of four as a variant has it."""
    variants = list(experiment.variants.all())
    rng = np.random.default_rng(1)
    listeners = Listener.objects.bulk_create(Listener(key=f"{experiment.pk}-{one}") for one in range(2 * n))
    Seen.objects.bulk_create(
        Seen(experiment=experiment, listener=one, variant=variants[place % 2], time_ms=NOW_MS + place)
        for place, one in enumerate(listeners)
    )
    pages = Exposure.objects.bulk_create(
        Exposure(listener=one, surface="home:for-you", snapshot="s", shown_ms=NOW_MS + place,
                 tracks=[[f"t{track}", "model", None] for track in range(4)])
        for place, one in enumerate(listeners)
    )  # fmt: skip
    Outcome.objects.bulk_create(
        Outcome(exposure=page, track_key=f"t{track}", time_ms=NOW_MS,
                kind="played" if rng.random() < through[place % 2] else "skipped")
        for place, page in enumerate(pages) for track in range(4)
    )  # fmt: skip


def test_the_better_one_is_found_once_its_days_are_over(at, running):
    made = running("default", "popularity", guardrails=("skips",))
    _crowd(made, (0.4, 0.8))
    at(6.9)
    assert look_at_all()["experiments"] == {"Tried": "Not yet: nobody's days with it are over."}
    assert not Point.objects.exists()
    at(7.1)
    look_at_all()
    first = Experiment.objects.get().finding.document
    assert first["verdicts"][0]["decision"] == "ship"
    assert first["counted"] == {"a": 120, "b": 120}
    row = next(one for one in first["rows"] if one["metric"] == "listen-through")
    assert row["low"] > 0.2
    assert row["difference"] == pytest.approx(row["treatment"] - row["control"])
    assert all(one["corrected"] >= one["p"] for one in first["segments"])
    again = analyse(made, clock.now_ms())
    assert again == first, "looked at again, it is the same"
    assert Point.objects.filter(metric="listen-through").count() == 1
    at(8.1)
    look_at_all()
    assert Point.objects.filter(metric="listen-through").count() == 2


def test_a_guardrail_that_is_surely_worse_ends_it(at, running):
    made = running("default", "popularity", primary="listens", guardrails=("skips",))
    _crowd(made, (0.8, 0.3))
    at(7.1)
    look_at_all()
    made.refresh_from_db()
    assert made.state == STOPPED
    stopped = Decision.objects.first()
    assert (stopped.what, stopped.user) == ("stopped", None)
    assert "harms Skips" in stopped.why


def test_an_alarm_where_the_variants_have_not_the_listeners_they_should(at, running):
    made = running("default", "popularity")
    _crowd(made, (0.5, 0.5))
    Seen.objects.filter(variant__name="b", listener__key__endswith="1").update(variant=made.variants.get(name="a"))
    Seen.objects.filter(variant__name="b", listener__key__endswith="3").update(variant=made.variants.get(name="a"))
    Seen.objects.filter(variant__name="b", listener__key__endswith="5").update(variant=made.variants.get(name="a"))
    at(7.1)
    look_at_all()
    made.refresh_from_db()
    assert made.finding.document["mismatch"]["alarm"]
    assert made.state == RUNNING, "whoever runs it decides"


def test_who_was_in_the_middle_when_it_ended_does_not_count(at, running):
    made = running("default", "popularity")
    _crowd(made, (0.5, 0.5), n=5)
    at(3)
    deciding.stop(made, None)
    at(20)
    assert analyse(made, clock.now_ms())["counted"] == {"a": 0, "b": 0}

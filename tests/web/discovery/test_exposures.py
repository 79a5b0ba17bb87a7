"""What was shown, and what came of it, as it is written."""

import time
import uuid

import pytest
from django.db import OperationalError

from segue.engine.request import Because, Reason, Recommendation
from segue.web.discovery import exposures
from segue.web.discovery.models import Exposure, Outcome
from segue.web.listening.models import Listener, listener_of

TRACKS = [Recommendation("a", "A", (), 1.0, "ease"), Recommendation("b", "B", (), 0.5, "exploration", propensity=0.25)]


def wait_for(condition):
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def shown(listener):
    return exposures.shown(listener, "mix:rewind", "20250101T000000", TRACKS)


def test_in_a_transaction_it_is_written_with_it(db, listener):
    kept = Exposure.objects.get(pk=shown(listener))
    assert kept.tracks == [["a", "ease", None], ["b", "exploration", 0.25]]
    assert (kept.surface, kept.snapshot) == ("mix:rewind", "20250101T000000")
    assert abs(kept.shown_ms - time.time() * 1000) < 60_000


@pytest.mark.django_db(transaction=True)
def test_elsewhere_a_moment_later(listener):
    made = shown(listener)
    wait_for(lambda: Exposure.objects.filter(pk=made).exists())
    made = [shown(listener) for _ in range(50)]
    exposures.flush()
    assert Exposure.objects.filter(pk__in=made).count() == 50


@pytest.mark.django_db(transaction=True)
def test_who_is_gone_is_left_out_and_the_others_are_not(listener, stranger):
    gone = listener_of(stranger)
    theirs, mine = shown(gone), shown(listener)
    Listener.objects.filter(pk=gone.pk).delete()
    exposures.flush()
    assert not Exposure.objects.filter(pk=theirs).exists()
    assert Exposure.objects.filter(pk=mine).exists()


@pytest.mark.django_db(transaction=True)
def test_what_the_database_does_not_take_is_written_later(listener, monkeypatch):
    write, failures = exposures._insert, iter([OperationalError("full"), OperationalError("still full")])

    def failing(rows):
        for error in failures:
            raise error
        write(rows)

    monkeypatch.setattr(exposures, "_insert", failing)
    made = shown(listener)
    assert exposures.flush() == 0
    wait_for(lambda: exposures.flush() or Exposure.objects.filter(pk=made).exists())
    assert Exposure.objects.filter(pk=made).exists()


def test_an_outcome_is_noted_once(db, listener):
    made = shown(listener)
    for _ in range(2):
        exposures.outcome(listener, made, "a", "skipped", 1_000)
    exposures.outcome(listener, made, "a", "disliked", 2_000)
    assert sorted(Outcome.objects.values_list("exposure_id", "track_key", "kind", "time_ms")) == [
        (made, "a", "disliked", 2_000), (made, "a", "skipped", 1_000),
    ]  # fmt: skip


def test_of_others_and_of_what_was_not_shown_nothing_is_noted(db, listener, stranger):
    made = shown(listener)
    exposures.outcome(listener_of(stranger), made, "a", "played", 1_000)
    exposures.outcome(listener, made, "c", "played", 1_000)
    exposures.outcome(listener, uuid.uuid4(), "a", "played", 1_000)
    listener.private_until_ms = 4_000_000_000_000
    exposures.outcome(listener, made, "a", "played", 1_000)
    assert not Outcome.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_outcome_that_comes_before_its_exposure_is_noted_when_that_is_there(listener, monkeypatch):
    """The page was shown by another process, which has not written it yet."""
    row = exposures.Row(uuid.uuid4(), listener.pk, "station", "s", 1, exposures.as_json(TRACKS))
    exposures.outcome(listener, row.id, "b", "liked", 5)
    exposures._insert([row])
    wait_for(lambda: Outcome.objects.filter(exposure_id=row.id, track_key="b", kind="liked").exists())


@pytest.mark.django_db(transaction=True)
def test_one_of_a_page_that_waits_here_is_noted_at_once(listener):
    made = shown(listener)
    exposures.outcome(listener, made, "b", "played", 5)
    assert Outcome.objects.filter(exposure_id=made).count() == 1


def test_why_it_was_shown_is_noted(db, listener):
    """The kind of the first reason, and the first item it names; nothing where no reason was shown."""
    played = Reason("played", "because of A", (Because("a", "A", (), 0.8), Because("b", "B", (), 0.2)))
    tracks = [
        Recommendation("x", "X", (), 1.0, "ease", reasons=(played, Reason("new", "new from A"))),
        Recommendation("y", "Y", (), 0.5, "new", reasons=(Reason("new", "new from A"),)),
    ]
    kept = Exposure.objects.get(pk=exposures.shown(listener, "home", "20250101T000000", tracks))
    assert kept.tracks == [["x", "ease", None, "played", "a"], ["y", "new", None, "new", None]]

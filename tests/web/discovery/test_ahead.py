"""Mixes of the week made ahead: found by other processes as they were made, and only while nothing they depend on changed."""

import pytest

from segue.web.discovery import ahead, mixes
from segue.web.discovery.models import MadeAhead
from segue.web.jobs import queue, run, schedule
from segue.web.jobs.models import Job
from segue.web.listening.models import Listener


@pytest.fixture
def made(fan):
    """The job, done for `fan`."""
    mixes.forget(fan.key)
    job = queue.start(ahead.KIND, None, {})
    run.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.problem
    return job.report


def test_they_are_found_by_another_process_as_they_were_made(fan, made, monkeypatch):
    assert made == {"listeners": 1, "made": 1, "snapshot": made["snapshot"]}
    assert set(MadeAhead.objects.values_list("product", flat=True)) == mixes.WEEKLY
    mixes.forget(fan.key)  # as in a process that was never asked
    with monkeypatch.context() as patched:
        for product in mixes.products().values():
            patched.setattr(type(product), "make", lambda *_: pytest.fail("made again"))
        _, found = mixes.mixes_of(fan, only=mixes.WEEKLY)
    mixes.forget(fan.key)
    MadeAhead.objects.all().delete()
    assert found
    assert found == mixes.mixes_of(fan, only=mixes.WEEKLY)[1]


def test_they_hold_only_for_the_listener_as_they_are(fan, made):
    before = dict(MadeAhead.objects.values_list("product", "state"))
    fan.dial = 0.9
    fan.save()
    mixes.forget(fan.key)
    job = Job.objects.create(kind="x", state="running")
    assert ahead.make(run.Progress(job))["made"] == 1
    after = dict(MadeAhead.objects.values_list("product", "state"))
    assert set(before) == set(after) == mixes.WEEKLY
    assert not set(before.values()) & set(after.values())
    assert ahead.make(run.Progress(job))["made"] == 0


def test_they_are_made_again_when_another_snapshot_comes_into_use(fan, made):
    assert ahead.other_snapshot() is None
    Job.objects.update(report={**made, "snapshot": "20200101T000000"})
    assert ahead.other_snapshot() == f"{made['snapshot']} is in use"


def test_they_go_with_their_listener(fan, made):
    Listener.objects.filter(pk=fan.pk).delete()
    assert not MadeAhead.objects.exists()


def test_it_is_on_the_schedule():
    assert {"retrain", ahead.KIND} <= {one.kind for one in schedule.all_scheduled()}

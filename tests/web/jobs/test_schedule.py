"""What is done by itself: each time once, however many workers look, and once after a pause."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from segue.errors import NotFound
from segue.web import clock
from segue.web.jobs import queue, run, schedule
from segue.web.jobs.models import Job, Schedule
from segue.web.jobs.schedule import daily, every, scheduled, weekly

HOUR_MS = 3_600_000
SATURDAY = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def ms(when: datetime) -> int:
    return int(when.timestamp()) * 1000


@pytest.fixture
def wall(monkeypatch):
    """The clock, to be moved by hours: Saturday, half past noon."""

    class Wall:
        now = ms(SATURDAY)

        def move(self, **span):
            self.now += timedelta(**span) // timedelta(milliseconds=1)

    one = Wall()
    monkeypatch.setattr(clock, "now_ms", lambda: one.now)
    return one


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch):
    run.discover()
    monkeypatch.setattr(run, "_kinds", dict(run._kinds))
    monkeypatch.setattr(schedule, "_scheduled", {})
    queue.huey().storage.flush_queue()


def kind(name="tick", when=None, **more):
    """A kind of job that does nothing."""

    @scheduled(name, title=name.capitalize(), when=when, **more)
    @run.register(name)
    def work(job, progress):
        return {}


def test_times():
    now = ms(SATURDAY)
    assert daily(hour=3).after(now) == ms(datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert daily(hour=13).after(now) == ms(datetime(2026, 11, 21, 13, tzinfo=UTC))
    assert daily(hour=12, minute=30).after(now) == ms(SATURDAY + timedelta(days=1))
    assert weekly(weekday=0, hour=4).after(now) == ms(datetime(2026, 11, 23, 4, tzinfo=UTC))
    assert weekly(weekday=5, hour=12).after(now) == ms(datetime(2026, 11, 28, 12, tzinfo=UTC))
    assert weekly(weekday=5, hour=13).after(now) == ms(datetime(2026, 11, 21, 13, tzinfo=UTC))
    assert every(hours=2).after(now) == now + 2 * HOUR_MS
    told = [str(one) for one in (every(hours=1), every(minutes=90), daily(hour=3), weekly(weekday=0, hour=4))]
    assert told == ["every hour", "every 90 minutes", "every day at 03:00 UTC", "Mondays at 04:00 UTC"]


def test_what_is_due_is_queued_once_and_again_when_its_time_comes(db, wall):
    kind(when=every(hours=1))
    queue.look_around()
    assert Job.objects.count() == 0, "a new service has other things to do first"
    wall.move(minutes=5)
    queue.look_around()
    queue.look_around()
    assert Job.objects.count() == 1
    assert queue.drain() == 1
    wall.move(minutes=59)
    queue.look_around()
    assert Job.objects.count() == 1
    wall.move(minutes=1)
    queue.look_around()
    assert Job.objects.count() == 2


def test_after_a_pause_it_is_done_once(db, wall):
    kind(when=daily(hour=3))
    assert schedule.make_due() == []
    wall.move(days=9)
    [job] = schedule.make_due()
    assert job.input["due_ms"] == ms(datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert schedule.due_ms() == {"tick": ms(datetime(2026, 12, 1, 3, tzinfo=UTC))}
    run.run(job.pk)
    assert schedule.make_due() == []


def test_what_waits_or_runs_is_not_queued_beside_itself(db, wall, user):
    kind(when=every(hours=1))
    schedule.make_due()
    wall.move(minutes=5)
    [job] = schedule.make_due()
    Job.objects.create(kind="tick", user=user)  # somebody's own is another matter
    for state in ("queued", "running"):
        Job.objects.filter(pk=job.pk).update(state=state)
        wall.move(hours=1)
        assert schedule.make_due() == []
        assert schedule.ask_for("tick", "tests") == (job, False)
    Job.objects.filter(pk=job.pk).update(state="failed")
    wall.move(hours=1)
    assert len(schedule.make_due()) == 1


def test_a_time_that_was_changed_holds_at_once(db, wall):
    kind(when=None)
    assert schedule.make_due() == []
    for when, due in (
        (weekly(weekday=4, hour=0), datetime(2026, 11, 27, tzinfo=UTC)),
        (every(hours=1), SATURDAY + timedelta(hours=1)),
    ):
        kind(when=when)
        schedule.make_due()
        assert Schedule.objects.get().due_ms == ms(due)


def test_it_comes_sooner_where_there_is_reason_to(db, wall):
    reasons = [None, "1,200 new listens", "never asked"]
    kind(when=daily(hour=3), sooner=lambda: reasons.pop(0))
    assert schedule.make_due() == []
    wall.move(minutes=14)
    assert schedule.make_due() == []
    wall.move(minutes=1)
    [job] = schedule.make_due()
    assert job.input["why"] == "1,200 new listens"
    wall.move(minutes=15)
    assert schedule.make_due() == []
    assert reasons == ["never asked"]


def test_who_asks_for_what_is_not_done_by_itself_is_told_what_is(db):
    kind("here")
    with pytest.raises(NotFound, match="'gone': there is here"):
        queue.start_now("gone", "tests")


def test_of_many_workers_and_people_one_makes_the_job(transactional_db, wall):
    kind(when=every(hours=1))
    Schedule.objects.create(kind="tick", due_ms=wall.now)
    begin = threading.Barrier(6)

    def look(place):
        begin.wait()
        try:
            schedule.ask_for("tick", "tests") if place % 2 else schedule.make_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Job.objects.count() == 1
    assert Schedule.objects.get().due_ms == wall.now + HOUR_MS

"""Jobs: each is done once, one of a kind for each account at a time, whatever dies meanwhile."""

import errno
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from segue.errors import BadFile, Busy
from segue.web.accounts.models import User
from segue.web.jobs import queue, run, schedule
from segue.web.jobs.models import Job


@pytest.fixture
def kinds(monkeypatch):
    """Kinds of jobs of this test only; what they did, in order."""
    run.discover()
    monkeypatch.setattr(run, "_kinds", dict(run._kinds))
    monkeypatch.setattr(schedule, "_scheduled", {})
    return []


@pytest.fixture
def counting(kinds):
    """A kind of job that counts to three."""

    @run.register("count", after=lambda job: kinds.append("after"))
    def count(job, progress):
        for step in range(3):
            progress(step / 3, f"counting {step}")
            kinds.append(step)
        return {"counted": 3}

    return kinds


@pytest.fixture(autouse=True)
def _empty_queue():
    """Nothing of other tests waits."""
    queue.huey().storage.flush_queue()
    run.stopping.clear()
    yield
    run.stopping.clear()


def stale(job):
    """Make it look as if nothing had been heard of it for an hour."""
    Job.objects.filter(pk=job.pk).update(heard_from=timezone.now() - timedelta(hours=1), not_before=None)


def test_a_job_is_done_and_says_so(db, user, counting):
    job = queue.start("count", user, {"x": 1})
    assert job.state == "queued"
    assert queue.drain() == 1
    job.refresh_from_db()
    assert (job.state, job.progress, job.report, job.problem) == ("done", 1.0, {"counted": 3}, "")
    assert job.started <= job.finished
    assert counting == [0, 1, 2, "after"]
    assert queue.drain() == 0
    assert not run.run(job.pk)


def test_the_queue_wakes_a_worker_when_the_transaction_is_done(transactional_db, counting):
    job = queue.start("count", None, {})
    task = queue.huey().dequeue()
    queue.huey().execute(task)
    job.refresh_from_db()
    assert job.state == "done"


def test_messages_in_the_queue_cannot_run_code(db, user, counting, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = queue.start("count", user, {})
    [message] = queue.huey().storage.enqueued_items()
    assert bytes(message).startswith(b"[")
    assert str(job.pk).encode() in bytes(message)


def test_a_job_keeps_a_log_of_its_last_lines(db, user, kinds, monkeypatch):
    monkeypatch.setattr(run, "MOST_LINES", 4)

    @run.register("talks")
    def talks(job, progress):
        for number in range(5):
            progress.say(f"line\n{number}\0")
        return {}

    job = queue.start("talks", user, {})
    queue.drain()
    job.refresh_from_db()
    assert [text for _, text in job.log] == ["line 2", "line 3", "line 4", "done"]


def test_an_error_that_a_person_can_act_on_is_the_problem_in_one_line(db, user, kinds):
    @run.register("fails", after=lambda job: kinds.append("after"))
    def fails(job, progress):
        raise BadFile("my.zip: is damaged;\n  export it again")

    job = queue.start("fails", user, {})
    queue.drain()
    job.refresh_from_db()
    assert (job.state, job.problem) == ("failed", "my.zip: is damaged; export it again")
    assert kinds == ["after"]


def test_any_other_error_is_tried_again_and_its_words_stay_in_the_log(db, user, kinds):
    @run.register("breaks", after=lambda job: kinds.append("after"))
    def breaks(job, progress):
        kinds.append("tried")
        raise RuntimeError("/secret/path")

    job = queue.start("breaks", user, {})
    for tries in range(1, 5):
        assert queue.drain() == 1
        assert queue.drain() == 0  # not again at once
        job.refresh_from_db()
        assert job.state == ("queued" if tries < 4 else "failed")
        stale(job)
    assert kinds == ["tried"] * 4 + ["after"]
    assert "/secret" not in job.problem
    assert "tried 4 times" in job.problem
    assert "an error in Segue" in job.problem
    assert str(job.pk) in job.problem


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/secret/path"), "no room left on the disk"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/secret/path"), "a file of the service"),
        (OperationalError("/secret/path"), "database could not be reached"),
        (MemoryError("/secret/path"), "not enough memory"),
    ],
)
def test_a_job_that_fails_each_time_says_why_in_words(db, user, kinds, error, words):
    @run.register("breaks")
    def breaks(job, progress):
        raise error

    job = queue.start("breaks", user, {})
    for tries in range(1, 5):
        assert queue.drain() == 1
        job.refresh_from_db()
        assert job.doing == ("waits to be tried again" if tries < 4 else "")
        stale(job)
    assert job.state == "failed"
    assert words in job.problem
    assert "/secret" not in job.problem
    assert "\n" not in job.problem


def test_what_failed_waits_a_little_longer_each_time(db, user, kinds):
    @run.register("waits")
    def waits(job, progress):
        raise Busy("another segue is at it")

    job = queue.start("waits", user, {})
    waited = []
    while queue.drain():
        job.refresh_from_db()
        if job.not_before is not None and job.state == "queued":
            waited.append(round((job.not_before - timezone.now()).total_seconds() / 60))
            assert run.recover(job.not_before - timedelta(seconds=1)) == []
            assert run.recover(job.not_before) == [job]
            assert not run.run(job.pk)
        stale(job)
    assert waited == [1, 5, 30]
    assert (job.state, job.problem) == ("failed", "another segue is at it")
    assert "tried again in 30 minutes" in job.log[-3][1]


def test_a_kind_that_nobody_knows_fails(db, user):
    job = queue.start("nonsense", user, {})
    queue.drain()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "nonsense" in job.problem


def test_a_job_whose_worker_died_is_done_by_the_next(db, user, counting):
    job = queue.start("count", user, {})
    assert run._claimed(job.pk) is not None  # by a worker that dies now
    assert queue.drain() == 0
    stale(job)
    assert queue.drain() == 1
    job.refresh_from_db()
    assert (job.state, job.input["tries"]) == ("done", 2)


def test_a_job_that_kills_every_worker_fails(db, user, counting):
    job = queue.start("count", user, {})
    for _ in range(run.MOST_TRIES):
        run.recover()
        assert run._claimed(job.pk) is not None
        stale(job)
    assert queue.drain() == 0
    job.refresh_from_db()
    assert job.state == "failed"
    assert "died" in job.problem
    assert counting == ["after"]


def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(db, user, counting):
    job = queue.start("count", user, {})
    first = run._claimed(job.pk)
    stale(job)
    run.recover()
    second = run._claimed(job.pk)
    with pytest.raises(run.Cancelled):
        run.Progress(first)(0.9, "still at it")
    run.Progress(second)(0.1, "begun again")
    job.refresh_from_db()
    assert job.doing == "begun again"


def test_of_one_kind_and_account_one_runs_at_a_time_and_the_next_follows(db, user, stranger, counting):
    first, second = (queue.start("count", user, {}) for _ in range(2))
    others = queue.start("count", stranger, {})
    assert run._claimed(first.pk) is not None
    assert not run.run(second.pk)
    assert run.run(others.pk)
    assert run.following(first) == second
    run._end(Job.objects.get(pk=first.pk), "done")
    assert run.run(second.pk)


def test_a_job_is_claimed_by_one_of_many_workers(transactional_db, counting):
    user = User.objects.create_user("anna@example.org")
    jobs = [queue.start("count", user, {}) for _ in range(4)]
    claimed, begin = [], threading.Barrier(4)

    def claim(mine):
        begin.wait()
        try:
            claimed.extend(filter(None, (run._claimed(job.pk) for job in mine)))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(jobs[place:] + jobs[:place],)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 1
    assert Job.objects.filter(state="running").count() == 1


def test_one_that_waits_is_cancelled_at_once(db, user, counting):
    job = queue.start("count", user, {})
    assert run.cancel(job)
    assert queue.drain() == 0
    assert counting == ["after"]
    assert not run.cancel(job)


def test_one_that_runs_is_cancelled_at_its_next_step(db, user, kinds):
    @run.register("long", after=lambda job: kinds.append("after"))
    def long(job, progress):
        kinds.append("begun")
        run.cancel(job)
        progress(0.5, "not any more")
        kinds.append("never")

    job = queue.start("long", user, {})
    queue.drain()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert "never" not in kinds
    assert kinds[-1] == "after"


def test_a_job_of_an_account_that_was_deleted_meanwhile_ends_quietly(db, stranger, kinds):
    @run.register("long", after=lambda job: kinds.append("after"))
    def long(job, progress):
        stranger.delete()
        progress(0.5, "for nobody")

    queue.start("long", stranger, {})
    queue.drain()
    assert not Job.objects.exists()
    assert kinds == ["after"]


def test_a_worker_that_ends_puts_its_job_back(db, user, kinds):
    @run.register("long")
    def long(job, progress):
        run.stopping.set()
        progress(0.5, "one more step")

    job = queue.start("long", user, {})
    run.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.input["tries"]) == ("queued", 0)


def test_progress_is_not_written_at_every_step(db, user, kinds, django_assert_max_num_queries):
    @run.register("busy")
    def busy(job, progress):
        with django_assert_max_num_queries(3):
            for step in range(1000):
                progress(step / 1000, "counting")
        return {}

    job = queue.start("busy", user, {})
    queue.drain()
    job.refresh_from_db()
    assert job.state == "done"


def test_what_was_lost_on_the_way_to_the_queue_is_queued_again(db, user, counting):
    job = queue.start("count", user, {})  # its transaction never ends, as far as the queue knows
    assert queue.huey().storage.queue_size() == 0
    queue.look_around()
    queue.look_around()
    assert queue.huey().storage.queue_size() == 1
    queue.huey().execute(queue.huey().dequeue())
    job.refresh_from_db()
    assert job.state == "done"


def test_jobs_go_by_redis_where_there_is_one(transactional_db, counting, settings, redis_url):
    try:
        settings.REDIS_URL = redis_url
        job = queue.start("count", None, {})
        assert queue.huey().pending_count() == 1
        queue.huey().execute(queue.huey().dequeue())
        job.refresh_from_db()
        assert job.state == "done"
    finally:
        queue.huey().storage.conn.connection_pool.disconnect()


def test_without_its_queue_a_job_waits_in_the_database(transactional_db, counting, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path / 'nothing'}"
    job = queue.start("count", None, {})
    job.refresh_from_db()
    assert job.state == "queued"
    settings.REDIS_URL = ""
    assert queue.drain() == 1

"""The page of jobs: staff see what goes on, run, cancel, read logs and go back to an older snapshot; nobody else finds it."""

import json

import pytest
from django.test import Client

from segue.home import Home
from segue.web.jobs import queue, run, schedule
from segue.web.jobs.models import Job


@pytest.fixture
def staff(user):
    user.is_staff = True
    user.save()
    client = Client(enforce_csrf_checks=False)
    client.force_login(user)
    return client


@pytest.fixture
def nap(db, monkeypatch, settings, tmp_path):
    """A job of these tests, and two snapshots."""
    run.discover()
    monkeypatch.setattr(run, "_kinds", dict(run._kinds))
    monkeypatch.setattr(schedule, "_scheduled", {})
    queue.huey().storage.flush_queue()
    settings.HOME = Home(tmp_path)
    for name in ("20260101T030000", "20260102T030000"):
        (tmp_path / "snapshots" / name).mkdir(parents=True)
        fields = {"format": 3, "name": name, "created": "", "segue": "", "model": "ease", "parameters": {}, "level": "track",
                  "library": "", "counts": {"listeners": 9, "items": 1234}, "until_ms": 0,
                  "metrics": {"ndcg@20": 0.25, "held_out": {"ndcg": {"new": 0.2, "popularity": 0.1}}}}  # fmt: skip
        (tmp_path / "snapshots" / name / "manifest.json").write_text(json.dumps(fields))
        settings.HOME.snapshots.use(name)

    @schedule.scheduled("nap", title="Nap <b>", when=schedule.daily(hour=3))
    @run.register("nap")
    def work(job, progress):
        progress.say("slept <i>")
        return {"why": "rested well", "hours": 8}


def test_a_job_is_run_watched_and_read(nap, staff):
    assert "never yet" in staff.get("/staff/jobs/").content.decode()
    address = staff.post("/staff/jobs/run/", {"kind": "nap"})["Location"]
    assert staff.post("/staff/jobs/run/", {"kind": "nap"})["Location"] == address, "one at a time"
    waiting = staff.get(f"{address}?part=1").content.decode()
    assert "waits" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    queue.drain()
    page = staff.get(address).content.decode()
    assert all(
        text in page
        for text in ("Nap &lt;b&gt;", "slept &lt;i&gt;", "rested well, just now", "<dd>8</dd>", "the dashboard")
    )
    assert "hx-trigger" not in staff.get(f"{address}?part=1").content.decode()
    state = staff.get("/staff/jobs/state/").content.decode()
    assert "Nothing is going on" in state
    assert "rested well" in state


def test_a_job_is_cancelled(nap, staff):
    job = queue.start_now("nap", "tests")
    assert staff.post(f"/staff/jobs/{job.pk}/cancel/").status_code == 302
    assert staff.post(f"/staff/jobs/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_going_back_is_one_click(nap, staff, settings):
    page = staff.get("/staff/jobs/").content.decode()
    assert (
        "ease on 9 listeners and 1,234 tracks; NDCG@20 0.2500 on a fifth of each history; 0.2000 on the latest days"
        in page
    )
    answer = staff.post("/staff/jobs/use/", {"name": "20260101T030000"}, follow=True).content.decode()
    assert "Snapshot 20260101T030000 is in use" in answer
    assert settings.HOME.snapshots.current() == "20260101T030000"
    answer = staff.post("/staff/jobs/use/", {"name": "../x\0"}, follow=True).content.decode()
    assert "no snapshot" in answer
    assert settings.HOME.snapshots.current() == "20260101T030000"


def test_what_somebody_brings_is_nobodys_business(nap, staff, stranger):
    job = Job.objects.create(
        kind="import-listening",
        user=stranger,
        state="running",
        doing="secret",
        log=[[1, "secret"]],
        report={"secret": 1},
    )
    for address in ("/staff/jobs/", f"/staff/jobs/{job.pk}/"):
        page = staff.get(address).content.decode()
        assert "secret" not in page
        assert "for somebody" in page


def test_nobody_else_finds_it(nap, stranger, client):
    job = queue.start_now("nap", "tests")
    client.force_login(stranger)
    for address in ("", "state/", f"{job.pk}/"):
        assert client.get(f"/staff/jobs/{address}").status_code == 404
    for address in ("run/", "use/", f"{job.pk}/cancel/"):
        assert client.post(f"/staff/jobs/{address}", {"kind": "nap", "name": "20260101T030000"}).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(stranger)
    assert strict.post("/staff/jobs/run/", {"kind": "nap"}).status_code == 403
    job.refresh_from_db()
    assert job.state == "queued"


def test_what_nobody_knows_is_not_there(nap, staff):
    assert staff.post("/staff/jobs/run/", {"kind": "no\0such"}).status_code == 404
    assert staff.get("/staff/jobs/00000000-0000-0000-0000-000000000000/").status_code == 404
    assert staff.get("/staff/jobs/run/").status_code == 405

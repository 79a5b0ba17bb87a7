"""The jobs that keep the house, and the commands: what is old goes, new music comes, and a job is done when asked for."""

import json
import os
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from segue.cli.main import main
from segue.engine.snapshot import Snapshots
from segue.home import Home
from segue.library.library import Library
from segue.web import clock
from segue.web.catalog.models import Track
from segue.web.discovery.models import Exposure, Outcome
from segue.web.jobs import cleaning, queue, rescanning, run, schedule
from segue.web.jobs.models import Job
from segue.web.listening.models import Search
from tests.web.listening.conftest import small_library

DAY_MS = 86_400_000


@pytest.fixture
def progress(db):
    return run.Progress(Job.objects.create(kind="x", state="running"))


def test_what_was_kept_long_enough_goes(progress, listener, settings):
    settings.KEEP_EXPOSURES_DAYS, settings.KEEP_SEARCHES_DAYS = 365, 0
    now_ms = clock.now_ms()
    for days in (300, 400):
        when = now_ms - days * DAY_MS
        one = Exposure.objects.create(listener=listener, surface="s", snapshot="s", shown_ms=when, tracks=[])
        Outcome.objects.create(exposure=one, track_key="t", kind="played", time_ms=when)
        Search.objects.create(listener=listener, words="w", time_ms=when)
        ended = timezone.now() - timedelta(days=days - 250)
        Job.objects.create(kind="y", state="done", finished=ended)
        Job.objects.create(kind="y", state="queued", created=ended)
        Session.objects.create(session_key=f"s{days}", expire_date=timezone.now() + timedelta(days=350 - days))
    report = cleaning.clean(progress)
    assert {name: number for name, number in report.items() if number} == {"exposures": 1, "jobs": 1, "sessions": 1}
    assert Exposure.objects.count() == Outcome.objects.count() == 1
    assert Search.objects.count() == 2
    assert Job.objects.filter(kind="y").count() == 3
    assert cleaning.clean(progress)["exposures"] == 0


def test_the_privacy_page_says_for_how_long(db, client, user, settings):
    settings.KEEP_EXPOSURES_DAYS, settings.KEEP_SEARCHES_DAYS, settings.KEEP_JOBS_DAYS = 1, 0, 77
    client.force_login(user)
    page = client.get("/privacy/").content.decode()
    assert page.count("Kept: 1 day.") == 2, "exposures, and what came of them"
    assert page.count("Kept: 77 days.") == 1


def test_the_newest_snapshots_stay_and_the_one_in_use(settings, tmp_path):
    settings.HOME = Home(tmp_path)
    names = [f"2026010{day}T030000" for day in range(1, 7)]
    for name in names:
        folder = tmp_path / "snapshots" / name
        folder.mkdir(parents=True)
        fields = {"format": 3, "name": name, "created": "", "segue": "", "model": "ease", "parameters": {}, "level": "track",
                  "library": "", "counts": {}, "metrics": {}, "until_ms": 0}  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(fields))
        os.utime(folder, (time.time() - 2 * 86_400,) * 2)
    os.utime(tmp_path / "snapshots" / names[3], None)  # made a moment ago, as far as anybody knows
    Snapshots(tmp_path / "snapshots").use(names[0])
    assert cleaning.old_snapshots(0) == 0
    assert cleaning.old_snapshots(2) == 2
    assert settings.HOME.snapshots.names() == [names[place] for place in (5, 4, 3, 0)]


def test_new_music_of_a_folder_comes_into_the_catalogue(progress, settings, tmp_path, monkeypatch):
    settings.HOME, settings.MUSIC_FOLDERS = Home(tmp_path / "home"), [str(tmp_path / "music")]
    (tmp_path / "music").mkdir()

    def scanned(folder, progress):
        assert str(folder) == settings.MUSIC_FOLDERS[0]
        small_library().save(settings.HOME.library_path)
        return {"new": 6, "changed": 0, "moved": 0, "unchanged": 0, "gone": 0}

    with monkeypatch.context() as patched:  # what a scan finds is told in tests of scanning
        patched.setattr(rescanning, "_scanned", scanned)
        report = rescanning.rescan(progress)
    assert report["rows"]["tracks"] == 6
    assert Track.objects.count() == 6


@pytest.mark.one_database
def test_a_folder_that_is_not_there_is_told_in_the_words_of_the_scan(db, settings, tmp_path):
    settings.HOME, settings.MUSIC_FOLDERS = Home(tmp_path / "home"), [str(tmp_path / "gone")]
    job = queue.start_now("rescan", "tests")
    run.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "gone" in job.problem
    settings.MUSIC_FOLDERS = []
    job = queue.start_now("rescan", "tests")
    run.run(job.pk)
    job.refresh_from_db()
    assert "set SEGUE_MUSIC_FOLDERS" in job.problem


@pytest.fixture
def nap(db, monkeypatch):
    """A job of these tests."""
    run.discover()
    monkeypatch.setattr(run, "_kinds", dict(run._kinds))
    monkeypatch.setattr(schedule, "_scheduled", {})
    monkeypatch.setattr("segue.cli.commands.jobs.set_up", lambda home: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    queue.huey().storage.flush_queue()

    @schedule.scheduled("nap", title="Nap", when=schedule.daily(hour=3))
    @run.register("nap")
    def work(job, progress):
        progress.say("slept")
        return {"why": "rested well"}


def spoken(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(["jobs", *words])
    told = capsys.readouterr()
    return end.value.code or 0, told.out, told.err


def test_commands(nap, capsys):
    schedule.make_due()
    code, out, _ = spoken(capsys, "list")
    assert code == 0
    assert out.startswith("nap               every day at 03:00 UTC    next 20")
    assert out.endswith(" never yet\n")
    assert spoken(capsys, "run", "nap")[1].startswith("nap: queued; segue jobs log ")
    code, out, _ = spoken(capsys, "run", "nap", "--wait")
    assert (code, out) == (0, "rested well, just now\n")
    job = Job.objects.get()
    for name in ("nap", str(job.pk)):
        lines = spoken(capsys, "log", name)[1].splitlines()
        assert [line[18:] for line in lines[:3]] == ["began", "slept", "done"]
        assert lines[3] == f"nap {job.pk}: done"
    code, _, problem = spoken(capsys, "run", "walk")
    assert (code, problem) == (1, "segue: there is no job 'walk': there is nap\n")


def test_one_that_fails_ends_the_command_with_its_problem(nap, capsys):
    @run.register("nap")
    def work(job, progress):
        Library.open(cleaning.settings.HOME.path / "nowhere")

    code, _, problem = spoken(capsys, "run", "nap", "--wait")
    assert code == 1
    assert "nowhere holds no library" in problem

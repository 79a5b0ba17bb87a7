"""A worker that is killed in the middle of an import: the next one completes it, and each listen is there once."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from segue.web.accounts.models import User
from segue.web.catalog.load import load
from segue.web.jobs import queue, run
from segue.web.jobs.models import Job
from segue.web.listening import imports, uploads
from segue.web.listening.models import Listen
from tests.web.listening.conftest import small_library

SCROBBLES = 30_000


@pytest.fixture
def surroundings() -> dict[str, str]:
    """The environment of a worker that works on the database of the tests."""
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return {**os.environ, "SEGUE_HOME": str(settings.HOME.path), "DATABASE_URL": url}


@pytest.fixture
def job(transactional_db) -> Job:
    """An import of many scrobbles that waits."""
    queue.huey().storage.flush_queue()
    shutil.rmtree(uploads.folder(), ignore_errors=True)  # what other tests left
    load(small_library())
    rows = ["artist,album,track,uts\n"]
    rows += [
        f"The Larks,Days,{('Lantern', 'Reeds')[place % 2]},{1_600_000_000 + place * 60}\n" for place in range(SCROBBLES)
    ]
    return imports.begin(User.objects.create_user("anna@example.org"), ["".join(rows).encode()], "scrobbles.csv")


def worker(surroundings, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "segue.cli.main", "worker", *words], env=surroundings, stderr=subprocess.DEVNULL
    )


def wait_for(what, process):
    until = time.monotonic() + 120
    while not what():
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.01)


def test_what_killed_workers_began_the_next_completes(job, surroundings):
    for least in (2000, 12_000):
        process = worker(surroundings)
        wait_for(lambda least=least: Listen.objects.count() >= least, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        job.refresh_from_db()
        assert job.state == "running"
        assert Listen.objects.count() < SCROBBLES
        # A minute passes, in which nothing is heard of it.
        Job.objects.update(heard_from=timezone.now() - timedelta(minutes=5))
    assert worker(surroundings, "--once").wait(timeout=300) == 0
    job.refresh_from_db()
    assert (job.state, job.problem, job.input["tries"]) == ("done", "", 3)
    assert Listen.objects.count() == SCROBBLES == Listen.objects.values("time_ms").distinct().count()
    assert job.report["listens"]["known"] >= 12_000
    assert not list(uploads.folder().rglob("upload*"))


@pytest.mark.one_database
def test_a_worker_that_is_told_to_end_puts_its_job_back(job, surroundings):
    process = worker(surroundings, "--threads", "1")
    wait_for(Listen.objects.exists, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    job.refresh_from_db()
    assert (job.state, job.input["tries"]) == ("queued", 0)
    assert 0 < Listen.objects.count() < SCROBBLES
    assert run.run(job.pk)
    assert Listen.objects.count() == SCROBBLES

"""The process that trains, as the job sees it: killed with the job, whatever ends it; and whether it is time to train again."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.utils import timezone

from segue.errors import BadSnapshot, SegueError
from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress
from segue.web.listening.models import Listen
from segue.web.training.retraining import folder

KIND = "retrain"
LEAST_NEW = 1_000
NEW_SHARE = 0.05
"""So many new listens, and this share of those that were trained on, are enough to train before the night."""
NOT_WITHIN = timedelta(hours=6)
"""Of the last training, however it ended."""
_ASKED_EVERY_S = 0.5
_COMMAND = (sys.executable, "-m", "segue.web.training.retraining")


def enough_is_new() -> str | None:
    """Why it is time to train again, in words; None where it is not."""
    if Job.objects.filter(kind=KIND, created__gt=timezone.now() - NOT_WITHIN).exists():
        return None
    try:
        manifest = settings.HOME.snapshots.manifest(settings.HOME.snapshots.current())
    except BadSnapshot:
        return "there is no snapshot yet" if Listen.objects.exists() else None
    trained_on = manifest.metrics.get("listens", Listen.objects.count())
    wanted = max(LEAST_NEW, NEW_SHARE * trained_on)
    since: dict[str, Any] = {"time_ms__gt": manifest.until_ms}
    if "last_listen" in manifest.metrics:
        since = {"pk__gt": manifest.metrics["last_listen"]}
    new = Listen.objects.filter(**since).count()
    return f"{new:,} new listens since {trained_on:,} were trained on" if new >= wanted else None


def retrain(progress: Progress) -> dict[str, Any]:
    """Train in a process of its own; its report. Raises `SegueError` in its words."""
    with _process() as process:
        assert process.stdout is not None
        said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(process.stdout, said), daemon=True).start()
        doing = ""
        while (line := _next(said, progress)) is not None:
            told = json.loads(line)
            if "problem" in told:
                raise SegueError(told["problem"])
            if "report" in told:
                progress.say(told["report"]["why"])
                return dict(told["report"])
            progress(told["share"], told["doing"])
            # "exporting listens: 131,072" is not worth a line for each number and table.
            if (step := told["doing"].split()[0]) != doing:
                doing = step
                progress.say(told["doing"])
        raise RuntimeError(f"the process that trained ended with status {process.wait()}")


def clear() -> None:
    """Remove what a training left that was killed."""
    shutil.rmtree(folder(settings.HOME), ignore_errors=True)


@contextmanager
def _process() -> Iterator[subprocess.Popen[str]]:
    """The process, which is gone when this is over."""
    threads = str(max(1, (os.cpu_count() or 1) // 2))
    surroundings = {**os.environ, "SEGUE_HOME": str(settings.HOME.path)}
    surroundings |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"), threads)
    process = subprocess.Popen(
        _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings, text=True, encoding="utf-8"
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _read(lines: IO[str], said: queue.Queue[str | None]) -> None:
    try:
        for line in lines:
            if line.startswith("{"):
                said.put(line)
    except ValueError:  # it was closed meanwhile
        pass
    finally:
        said.put(None)


def _next(said: queue.Queue[str | None], progress: Progress) -> str | None:
    """The next line, None at the end; meanwhile the job may be cancelled."""
    while True:
        try:
            return said.get(timeout=_ASKED_EVERY_S)
        except queue.Empty:
            progress()

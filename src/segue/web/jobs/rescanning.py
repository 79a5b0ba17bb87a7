"""Looking through the folders of music again: as `segue scan` does, then into the catalogue of the service."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from segue.errors import BadSetting, SegueError
from segue.web.jobs.run import Progress

_ASKED_EVERY_S = 0.5


def rescan(progress: Progress) -> dict[str, Any]:
    """Look through each folder; what was new, changed, moved or gone, by folder. Raises `SegueError` in words."""
    folders = [Path(one) for one in settings.MUSIC_FOLDERS]
    if not folders:
        raise BadSetting("no folder is named: set SEGUE_MUSIC_FOLDERS to the folders that hold the music")
    report: dict[str, Any] = {}
    for place, folder in enumerate(folders):
        progress(place / (len(folders) + 1), f"folder {place + 1} of {len(folders)}")
        found = _scanned(folder, progress)
        report[str(folder)] = found
        progress.say(f"{folder}: " + ", ".join(f"{number:,} {name}" for name, number in found.items()))
    if any(found[name] for found in report.values() for name in ("new", "changed", "moved", "gone")):
        report["rows"] = _loaded(progress)
    return report


def _scanned(folder: Path, progress: Progress) -> dict[str, int]:
    """What `segue scan` says of a folder; its process ends with the job."""
    with tempfile.TemporaryDirectory(prefix="segue-rescan-") as place:
        answer = Path(place) / "answer.json"
        command = [sys.executable, "-m", "segue.cli.main", "scan", str(folder), "--home", str(settings.HOME.path)]
        # A group of its own: the processes that listen to files end with it.
        process = subprocess.Popen(
            ["nice", "-n", "15", *command, "--json", str(answer)], stderr=subprocess.PIPE, text=True, errors="replace",
            start_new_session=True,
        )  # fmt: skip
        try:
            last = _followed(process, progress)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if not answer.exists():
            raise SegueError(last.removeprefix("segue: ") or f"{folder}: could not be looked through")
        files = json.loads(answer.read_text())["files"]
        return {name: int(files[name]) for name in ("new", "changed", "moved", "unchanged", "gone")}


def _followed(process: subprocess.Popen[str], progress: Progress) -> str:
    """Tell what a process says until it ends; its last line."""
    said: queue.Queue[str | None] = queue.Queue()
    assert process.stderr is not None
    threading.Thread(target=_read, args=(process.stderr, said), daemon=True).start()
    last = ""
    while True:
        try:
            line = said.get(timeout=_ASKED_EVERY_S)
        except queue.Empty:
            progress()
            continue
        if line is None:
            process.wait()
            return last
        last = line.strip() or last
        progress(doing=last)


def _read(lines: IO[str], said: queue.Queue[str | None]) -> None:
    with lines:
        for line in lines:
            said.put(line)
    said.put(None)


def _loaded(progress: Progress) -> dict[str, int]:
    """The library of the home into the database, and the search index anew."""
    from segue.web.catalog import load, search  # noqa: PLC0415 (polars is not loaded where no job is run)

    progress.say("putting it into the catalogue")
    rows = load.load_path(settings.HOME.library_path, lambda text: progress(doing=str(text)))
    search.rebuild()
    return rows

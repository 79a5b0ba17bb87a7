"""The Engine of this process: opened when first asked for, and kept at the current snapshot by a thread of its own."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import structlog
from django.conf import settings

from segue.engine.engine import Engine
from segue.engine.serving import Serving
from segue.errors import BadSnapshot, SegueError

log = structlog.get_logger()


class Kept:
    """The snapshots below a directory, as one process serves them: any number of threads may ask."""

    def __init__(self, directory: Path, every_s: float) -> None:
        self.directory, self.every_s = directory, every_s
        self._opening = threading.Lock()
        self._stop = threading.Event()
        self._serving: Serving | None = None
        self._problem: SegueError | None = None
        self._tried = 0.0

    def engine(self) -> Engine:
        """The Engine of the current snapshot; the first to ask waits until it is loaded and warm.

        Raises `BadSnapshot` where there is none, and looks again when it is next asked.
        """
        serving = self._serving
        if serving is None:
            serving = self._open()
        return serving.engine

    def refresh(self) -> bool:
        """Take up a new snapshot, if there is one; whether that was done. What is wrong with it is logged once."""
        serving = self._serving
        if serving is None:
            return False
        before = serving.problem
        taken = serving.refresh()
        if taken:
            log.info("snapshot", name=serving.engine.manifest.name)
        elif serving.problem and serving.problem != before:
            log.error("snapshot_refused", problem=serving.problem, serving=serving.engine.manifest.name)
        return taken

    def stop(self) -> None:
        """Look no more for new snapshots."""
        self._stop.set()

    def _open(self) -> Serving:
        with self._opening:
            if self._serving is not None:
                return self._serving
            # Loading what is damaged takes long: not for every request again.
            if self._problem is not None and time.monotonic() - self._tried < self.every_s:
                raise self._problem
            try:
                self._serving = Serving(self.directory)
            except SegueError as error:
                there = (self.directory / "current").exists()
                self._problem, self._tried = (error, time.monotonic()) if there else (None, 0.0)
                raise
            self._problem = None
            threading.Thread(target=self._look, name="segue-snapshot", daemon=True).start()
            return self._serving

    def _look(self) -> None:
        while not self._stop.wait(self.every_s):
            try:
                self.refresh()
            except Exception:
                log.exception("snapshot_refused")


_kept: Kept | None = None
_making = threading.Lock()


def kept() -> Kept:
    """What this process serves from: the snapshots of the home."""
    global _kept  # noqa: PLW0603
    found = _kept
    if found is None:
        with _making:
            if _kept is None:
                _kept = Kept(settings.HOME.snapshots.directory, max(settings.SNAPSHOT_CHECK_S, 0.1))
            found = _kept
    return found


def engine() -> Engine:
    """The Engine to answer with. Take it once for each request. Raises `BadSnapshot` where there is no snapshot."""
    return (_kept or kept()).engine()


def ready() -> str | None:
    """What is missing before recommendations can be made, in words; None where nothing is."""
    try:
        engine()
    except BadSnapshot as error:
        return str(error)
    return None


def forget() -> None:
    """Let go of the Engine: it is opened anew when next asked for."""
    global _kept  # noqa: PLW0603
    with _making:
        if _kept is not None:
            _kept.stop()
        _kept = None

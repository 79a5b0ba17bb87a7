"""The Engine that a long-running process serves from: the current snapshot, and the next one as soon as there is one."""

from __future__ import annotations

import threading
from pathlib import Path

from segue.engine.engine import Engine
from segue.engine.snapshot import Snapshots
from segue.errors import SegueError


class Serving:
    """Holds the engine of the current snapshot below a directory, and takes up the next one without a pause.

    Take `engine` once for each request: whoever has it keeps it until done, also when another has taken its place. A new
    snapshot is loaded and warmed up beside the one in use; a bad one is refused, and the old one goes on serving.

    Raises `BadSnapshot` when there is none to begin with.
    """

    def __init__(self, directory: Path) -> None:
        self._snapshots = Snapshots(directory)
        self._refreshing = threading.Lock()
        self._refused = ""
        self.problem: str | None = None
        """What is wrong with the snapshot that should be served; None where it is."""
        self.engine = self._opened(self._snapshots.current())

    def refresh(self) -> bool:
        """Take up the current snapshot if it is another than the one in use; whether that was done.

        One thread at a time loads; others that ask meanwhile are told no, and go on with the engine there is.
        """
        if not self._refreshing.acquire(blocking=False):
            return False
        try:
            name = self._snapshots.current()
            if name == self.engine.manifest.name:
                self.problem, self._refused = None, ""
                return False
            if name == self._refused:
                return False
            self._refused = name
            self.engine = self._opened(name)
            self.problem, self._refused = None, ""
        except SegueError as error:
            self.problem = str(error)
            return False
        else:
            return True
        finally:
            self._refreshing.release()

    def keep_fresh(self, every_s: float, stop: threading.Event) -> threading.Thread:
        """Refresh every so many seconds, in a thread of its own, until `stop` is set."""

        def look() -> None:
            while not stop.wait(every_s):
                self.refresh()

        thread = threading.Thread(target=look, name="segue-snapshot", daemon=True)
        thread.start()
        return thread

    def _opened(self, name: str) -> Engine:
        engine = Engine.open(self._snapshots.directory, name)
        engine.warm_up()
        return engine

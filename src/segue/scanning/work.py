"""Analyses on all cores: a process each, one file at a time; one that dies takes nothing but its file with it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, NamedTuple

from segue.errors import BadFile, SegueError

Hear = Callable[[Path], dict[str, Any]]
"""What is heard in a file, as values that JSON can hold. Raises `BadFile` for what is no audio."""

_READY = b"ready"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
_ONE_THREAD = dict.fromkeys(_THREADS, "1")
_SECONDS_TO_END = 10


class WorkerFailed(SegueError):
    """A process that analyses could not even start."""


class Outcome(NamedTuple):
    """What came of an analysis: what was heard, or why nothing could be.

    A failure is `lasting` where the file is to blame for it: trying again is no use until the file changes.
    """

    heard: dict[str, Any] | None
    failure: str | None = None
    lasting: bool = True


def hear(path: Path) -> dict[str, Any]:
    """What Segue's own analysis hears in a file: the fields of `segue.features.audio.Analysis`."""
    from dataclasses import asdict  # noqa: PLC0415

    from segue.features.audio import analyse  # noqa: PLC0415 (optional, and slow to load)

    return asdict(analyse(path))


def outcomes(paths: Iterable[Path], workers: int, listen: Hear = hear) -> Generator[tuple[Path, Outcome], None, None]:
    """The outcome of each path as soon as it is known, in no order; the next path is asked for when a worker is free.

    A worker that dies is reported as the outcome of its file, and another takes its place. However the iteration ends,
    no worker is left. `listen` must be a function of a module. Raises `WorkerFailed` when workers cannot start.
    """
    waiting = iter(paths)
    team: list[_Worker] = []
    try:
        for _, path in zip(range(workers), waiting, strict=False):
            team.append(_Worker.start(listen))
            team[-1].take(path)
        while team:
            ready = wait([worker.connection for worker in team])
            for worker in [worker for worker in team if worker.connection in ready]:
                outcome = worker.answer()
                if outcome is None:  # it has only just started
                    continue
                yield worker.path, outcome
                following = next(waiting, None)
                if following is None or not worker.process.is_alive():
                    team.remove(worker)
                    worker.end()
                if following is not None:
                    if worker not in team:
                        worker = _Worker.start(listen)  # noqa: PLW2901 (in its place)
                        team.append(worker)
                    worker.take(following)
    finally:
        for worker in team:
            worker.end()


@dataclass(eq=False)
class _Worker:
    """One process, its end of the pipe, and the file it is at."""

    process: SpawnProcess
    connection: Connection
    path: Path = Path()
    started: bool = False

    @classmethod
    def start(cls, listen: Hear) -> _Worker:
        # A fresh process: a fork of one with threads (BLAS, Polars) may hang.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there, listen), daemon=True)
        with _environment(_ONE_THREAD), _deaf_to_interrupts():
            process.start()
        there.close()
        return cls(process, here)

    def take(self, path: Path) -> None:
        self.path = path
        # One that has died says so when it is asked for its answer.
        with suppress(OSError):
            self.connection.send_bytes(os.fsencode(path))

    def answer(self) -> Outcome | None:
        """What it says: an outcome, or None when it says that it has started."""
        try:
            said = self.connection.recv_bytes()
        except (EOFError, OSError):
            return self._death()
        if said == _READY:
            self.started = True
            return None
        return Outcome(*json.loads(said))

    def _death(self) -> Outcome:
        self.process.join(_SECONDS_TO_END)
        code = self.process.exitcode
        if not self.started:
            raise WorkerFailed(
                f"the analysis could not be started (exit status {code}): try --no-analysis for tags only"
            )
        name = signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
        if name in ("SIGKILL", "SIGTERM"):
            return Outcome(
                None, f"the analysis was stopped from outside, perhaps for want of memory ({name})", lasting=False
            )
        return Outcome(None, f"the analysis crashed on it ({name})")

    def end(self) -> None:
        # It holds nothing that could be lost: what it had to say was said.
        self.process.kill()
        self.process.join(_SECONDS_TO_END)
        self.connection.close()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The environment that a process started within the block inherits."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process started within the block never hears of Ctrl-C, which reaches all of a terminal; this one, after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# -- in the worker -----------------------------------------------------------------------------------------------


def _serve(connection: Connection, listen: Hear) -> None:
    """Answer path after path until the other end is closed, or gone."""
    _silence()
    with suppress(EOFError, OSError):
        connection.send_bytes(_READY)
        while True:
            path = Path(os.fsdecode(connection.recv_bytes()))
            connection.send_bytes(json.dumps(_outcome(path, listen), default=float).encode())


def _silence() -> None:
    """Decoders write what they think of a file straight to standard error; the outcome says what matters."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _outcome(path: Path, listen: Hear) -> Outcome:
    try:
        return Outcome(listen(path))
    except BadFile as error:
        return Outcome(None, _line(error).removeprefix(f"{path}: "))
    except SegueError as error:  # of what is missing here, such as a decoder
        return Outcome(None, _line(error).removeprefix(f"{path}: "), lasting=False)
    except (OSError, ImportError, MemoryError) as error:
        return Outcome(None, f"cannot be analysed: {_line(error)}", lasting=False)
    except Exception as error:  # noqa: BLE001 (one odd file must not end the scan of all others)
        return Outcome(None, f"cannot be analysed: {type(error).__name__}: {_line(error)}")


def _line(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__

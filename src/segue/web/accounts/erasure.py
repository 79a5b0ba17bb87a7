"""Forgetting somebody: all that is held of them goes, and what comes back in an old Library stays out."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from segue.home import Home
from segue.library.library import MANIFEST, Library
from segue.web.accounts import sessions
from segue.web.accounts.models import User
from segue.web.discovery.models import Exposure
from segue.web.jobs.models import Job
from segue.web.listening.models import Erased, Listener
from segue.web.playlists.models import Playlist

log = structlog.get_logger()
_AT_ONCE = 1000
_KEPT_IN_HOME = ("library", "snapshots", "datasets")
"""Folders of the home that belong to nobody alone: no job's file is deleted there."""


def erase(user: User) -> None:
    """Remove somebody: from the database in one transaction, then from caches, the search index, the home and its library.

    What cannot be done after the transaction (the library is being changed, a file cannot be deleted) is logged; `forget_erased`
    does the library again whenever it is called.
    """
    listener = Listener.objects.filter(user=user).first()
    names = _names_of(user, listener)
    with transaction.atomic():
        _overwrite_what_is_deleted()
        # Whoever writes something of the listener at this moment waits, and then finds nobody.
        list(User.objects.select_for_update().filter(pk=user.pk))
        list(Listener.objects.select_for_update().filter(user=user))
        files = _delete_jobs(user, listener)
        sessions.forget(user, names)
        if listener is not None:
            Erased.objects.get_or_create(digest=_digest(listener.key))
            _delete_in_parts(Exposure.objects.filter(listener=listener))
            _delete_in_parts(Playlist.objects.filter(listener=listener))
        User.objects.filter(pk=user.pk).delete()
    _then(_empty_the_log)
    _then(_delete_files, files)
    _then(_delete_letters, names)
    _then(forget_erased)
    if listener is not None:
        _then(_forget_in_search, listener.pk)
    log.info("erased")


def is_erased(keys: Iterable[str]) -> set[str]:
    """Those of these listener keys whose listeners asked to be forgotten."""
    gone = set(Erased.objects.values_list("digest", flat=True))
    return {key for key in keys if _digest(key) in gone} if gone else set()


def forget_erased(home: Home | None = None) -> int:
    """Rewrite the home's library without listeners who were erased; gives their number.

    Raises `Busy` while another process changes the library, and `BadFile` where it is damaged.
    """
    home = home or settings.HOME
    if not home.has_library or not is_erased(_listeners_in(home)):
        return 0
    with home.changing():
        library = home.library()
        gone = is_erased(library.listeners["listener_id"])
        theirs = pl.col("listener_id").cast(pl.String).is_in(list(gone))
        kept = {
            table.name: frame.filter(~theirs.fill_null(value=False)) if "listener_id" in frame.columns else frame
            for table, frame in library.frames()
        }
        Library(**kept).save(home.library_path)
    return len(gone)


def _listeners_in(home: Home) -> list[str]:
    """The listeners of the home's library, read alone: most libraries hold nobody who was erased."""
    file = json.loads((home.library_path / MANIFEST).read_text())["tables"]["listeners"]
    return pl.read_parquet(home.library_path / file, columns=["listener_id"])["listener_id"].to_list()


def _digest(key: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), b"erased:" + key.encode(), hashlib.sha256).hex()


def _names_of(user: User, listener: Listener | None) -> re.Pattern[str]:
    """Finds the addresses and the key of somebody in a text, and not those of somebody whose name only ends alike."""
    names = {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
        listener.key if listener else "",
    }
    one = "|".join(re.escape(name) for name in sorted(names - {""}))
    return re.compile(rf"(?<![\w.+-])(?:{one})(?![\w.-]*\w)", re.IGNORECASE)


# -- the database --------------------------------------------------------------------------------------------------------


def _overwrite_what_is_deleted() -> None:
    """Make SQLite overwrite what it deletes: otherwise it stays in the file, in places to be used again."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")


def _empty_the_log() -> None:
    """Bring what was deleted into SQLite's file, and empty its log. Waits a second at most for those who read."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = int(cursor.fetchone()[0])
        cursor.execute("PRAGMA busy_timeout=1000")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchall()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")


def _delete_in_parts(rows: QuerySet[Any]) -> None:
    """Delete rows that others refer to: Django reads those first, and they may be many."""
    while some := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
        rows.filter(pk__in=some).delete()


def _delete_jobs(user: User, listener: Listener | None) -> list[Path]:
    """Delete the jobs of somebody, and those that name them; gives the files in the home that they worked on."""
    files: list[Path] = []
    theirs = []
    for job in Job.objects.iterator(chunk_size=500):
        if job.user_id == user.pk:
            files += _files_of(job)
        elif listener is None or listener.key not in json.dumps(
            [job.input, job.report, job.problem, job.doing, job.log]
        ):
            continue
        theirs.append(job.pk)
    Job.objects.filter(pk__in=theirs).delete()
    return files


def _files_of(job: Job) -> Iterator[Path]:
    """Files that a job's input names in the home, where nobody else's are."""
    home = settings.HOME.path.resolve()
    for text in _texts(job.input):
        found = (home / text).resolve() if text and "\0" not in text and len(text) < 1000 else home
        if not found.is_relative_to(home) or len(found.relative_to(home).parts) < 2:
            continue
        if found.relative_to(home).parts[0] not in _KEPT_IN_HOME and found.exists():
            yield found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


# -- everything else -----------------------------------------------------------------------------------------------------


def _then(do: Callable[..., Any], *args: Any) -> None:
    """Do one of the things that follow. Where one cannot be done, the others still are."""
    try:
        do(*args)
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest must be forgotten
        log.warning("erasure_unfinished", left=do.__name__.strip("_"), problem=str(error), kind=type(error).__name__)


def _delete_files(files: list[Path]) -> None:
    for file in files:
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)


def _delete_letters(names: re.Pattern[str]) -> None:
    """Delete letters to somebody that are kept as files, where there is no mail server."""
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    for letter in Path(folder).glob("*.log") if folder else ():
        if names.search(letter.read_text(errors="replace")):
            letter.unlink(missing_ok=True)


def _forget_in_search(listener_id: int) -> None:
    from segue.web.catalog.search import forget_listener  # noqa: PLC0415 - it opens the index

    forget_listener(listener_id)

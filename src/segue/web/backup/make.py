"""Making a backup: written beside, and under its name only when it is whole and on the disk."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

import segue
from segue.errors import BadFile, BadSnapshot, Busy
from segue.home import Home
from segue.web.backup import databases
from segue.web.backup.archive import Manifest, Writer, key_id, writing

WORK = ".segue-backup-"
_NAMED = re.compile(r"segue-\d{8}T\d{6}\.tar\.gz")


@dataclass(frozen=True)
class Wanted:
    """What goes in besides the database, the snapshot in use and files that wait to be imported."""

    secrets: bool = False
    media: bool = False
    library: bool = False
    snapshot: bool = True


def make(home: Home, to: Path, wanted: Wanted, say: Callable[[str], None]) -> tuple[Path, Manifest]:
    """Write a backup of a service into a file that is not there yet, or under a name of its own into a folder.

    Raises `BadFile`, `Busy` or `SegueError`; then nothing has the name of the backup.
    """
    now = datetime.now(UTC)
    file = to / f"segue-{now:%Y%m%dT%H%M%S}.tar.gz" if to.is_dir() else to
    if file.exists():
        raise BadFile(f"{file}: is there already; name another file, or a folder")
    if not file.absolute().parent.is_dir():
        raise BadFile(f"{file}: there is no folder {file.parent}; make it first")
    with _work_folder(file.absolute().parent) as work:
        waiting = work / "uploads"
        _hold(home.path / "uploads", waiting)
        name, tables, migrations = databases.copy(work, say)
        _hold(home.path / "uploads", waiting)  # and those that came meanwhile
        draft = work / "draft"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with writing(out) as writer:
                say("packing")
                writer.add(name, work / name)
                snapshot = _pack(writer, home, work, wanted)
                manifest = Manifest(
                    segue.__version__, now.isoformat(timespec="seconds"), connection.vendor, tables, migrations,
                    snapshot, key_id(settings.SECRET_KEY), writer.files,
                )  # fmt: skip
                writer.close(manifest)
            out.flush()
            os.fsync(out.fileno())
        _publish(draft, file)
    return file, manifest


def keep_last(folder: Path, number: int) -> list[str]:
    """Delete all but the newest backups of a folder that have a name of their own (`segue-….tar.gz`); what was deleted."""
    there = sorted((one.name for one in folder.iterdir() if _NAMED.fullmatch(one.name)), reverse=True)
    for name in there[number:]:
        (folder / name).unlink(missing_ok=True)
    return there[number:]


def _pack(writer: Writer, home: Home, work: Path, wanted: Wanted) -> str | None:
    """Put in what is not the database; the name of the snapshot."""
    if wanted.secrets:
        (work / "secret_key").write_text(settings.SECRET_KEY)
        writer.add("secret_key", work / "secret_key")
    if home.analyses_path.is_file():
        databases.copied_sqlite(home.analyses_path, work / "analyses.sqlite")
        writer.add("analyses.sqlite", work / "analyses.sqlite")
    _add_folder(writer, "uploads", work / "uploads")
    if wanted.media:
        _add_folder(writer, "generated", home.path / "generated")
    if wanted.library and home.has_library:
        with home.changing():
            _add_folder(writer, "library", home.library_path)
    return _add_snapshot(writer, home, work) if wanted.snapshot else None


def _add_snapshot(writer: Writer, home: Home, work: Path) -> str | None:
    try:
        name = home.snapshots.current()
    except BadSnapshot:
        return None
    try:
        _add_folder(writer, f"snapshots/{name}", home.snapshots.path(name))
    except (FileNotFoundError, BadSnapshot) as error:
        raise Busy(f"the snapshot {name} was removed while it was read: make the backup again") from error
    (work / "current").write_text(f"{name}\n")
    writer.add("snapshots/current", work / "current")
    return name


def _add_folder(writer: Writer, name: str, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            writer.add(f"{name}/{path.relative_to(folder).as_posix()}", path)


def _hold(folder: Path, to: Path) -> None:
    """Keep the files of a folder, also when they are deleted there: what the copy of the database still names must be there."""
    for path in folder.rglob("*"):
        place = to / path.relative_to(folder)
        if place.exists() or not path.is_file() or path.is_symlink():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, place)
        except FileNotFoundError:
            continue
        except OSError:  # on another disk
            shutil.copyfile(path, place)


def _publish(draft: Path, file: Path) -> None:
    """Give a file its name, if nothing has it by now; it stays also when the power fails."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise BadFile(f"{file}: is there already; name another file, or a folder") from None
    except OSError:  # a disk without links
        draft.rename(file)
    folder = os.open(file.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _work_folder(beside: Path) -> Iterator[Path]:
    """A folder of this process, gone in the end; what killed ones left is cleared first: they no longer hold theirs."""
    for left in beside.glob(f"{WORK}*"):
        with _held(left) as is_free:
            if is_free:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=WORK, dir=beside) as name, _held(Path(name)):
        yield Path(name)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder as long as this process lives; False where another does."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        yield False
        return
    try:
        yield True
    finally:
        os.close(handle)

"""Restoring a backup into an empty home: nothing is touched before all of it was checked."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segue.errors import BadFile, SegueError
from segue.home import Home
from segue.web import environment
from segue.web.backup.archive import DUMP, SQLITE, Manifest, key_id, read
from segue.web.setup import set_up

DRAFT = ".restoring"
_NOT_OURS = {DRAFT, "compiled", "lost+found"}
"""What may be in an empty home: what an interrupted restore left, native code that was compiled, and what a disk has of itself."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and whether the service now has another secret key than it had."""

    manifest: Manifest
    other_key: bool


def restore(file: Path, home: Home, say: Callable[[str], None]) -> Restored:
    """Put a backup into an empty home and, for PostgreSQL, an empty database, and bring its tables up to date.

    For a process of its own: it sets Django up. Raises `BadFile` and `SegueError`; up to the database, the home is then as empty
    as before.
    """
    say("checking the backup")
    manifest = read(file)
    _must_be_empty(home)
    given = environment.text("SEGUE_SECRET_KEY")
    if not given:
        # Settings would make a key in the home. Nothing that is done here depends on it.
        os.environ["SEGUE_SECRET_KEY"] = secrets.token_urlsafe(48)
    set_up(home)
    from segue.web.backup import databases  # noqa: PLC0415

    _must_not_be_newer(file, manifest)
    name = SQLITE if SQLITE in manifest.files else DUMP
    databases.must_be_empty(name)
    draft = home.path / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        say("unpacking")
        if read(file, draft) != manifest:
            raise BadFile(f"{file}: was changed while it was read")
        databases.load(draft / name, manifest.tables, say)
        _place(draft, home.path, databases.sqlite_file())
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _bring_up_to_date(say)
    return Restored(manifest, key_id(given) != manifest.key if given else not manifest.has_secret)


def _must_be_empty(home: Home) -> None:
    if home.path.exists() and not home.path.is_dir():
        raise BadFile(f"{home.path}: is a file; name a folder")
    there = sorted(one.name for one in home.path.iterdir() if one.name not in _NOT_OURS) if home.path.is_dir() else []
    if there:
        raise BadFile(f"{home.path}: is not empty, it holds {there[0]}; a backup goes into an empty home only")


def _must_not_be_newer(file: Path, manifest: Manifest) -> None:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise SegueError(
            f"{file}: was made by Segue {manifest.segue}, whose database is newer ({newer[0]}): restore it with that version"
        )


def _place(draft: Path, home: Path, sqlite: Path) -> None:
    """Move what was unpacked to where it belongs, the database last."""
    for path in sorted(draft.iterdir(), key=lambda one: one.name in {SQLITE, DUMP}):
        if path.name == SQLITE:
            sqlite.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, sqlite)
        elif path.name != DUMP:
            path.rename(home / path.name)


def _bring_up_to_date(say: Callable[[str], None]) -> None:
    from segue.web.catalog import housekeeping, search  # noqa: PLC0415

    say("bringing the database up to date")
    housekeeping.migrate()
    say("making the search index")
    search.rebuild()

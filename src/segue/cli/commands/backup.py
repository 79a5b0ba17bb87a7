"""`segue backup`: the service in one file, made while it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.context import HomeOption, JsonOption, Steps, answer, say, working
from segue.errors import BadFile
from segue.home import Home
from segue.web.backup.archive import Manifest, read
from segue.web.setup import set_up


def command(
    to: Annotated[
        Path, typer.Argument(help="A file that is not there yet, or a folder: then it gets a name by the time.")
    ],
    check: Annotated[  # noqa: FBT002
        bool, typer.Option("--check", help="Make none: hold the one that is named against the sums in it.")
    ] = False,
    secrets: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--with-secrets", help="Put the secret key in. Whoever has the file can then sign in as anybody."),
    ] = False,
    media: Annotated[  # noqa: FBT002
        bool, typer.Option("--with-media", help="Put in the music that was made for the demo; it can be made again.")
    ] = False,
    library: Annotated[  # noqa: FBT002
        bool, typer.Option("--with-library", help="Put in the home's library; segue database export makes it again.")
    ] = False,
    snapshot: Annotated[  # noqa: FBT002
        bool, typer.Option("--snapshot/--no-snapshot", help="Put in the snapshot in use; segue train makes one again.")
    ] = True,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Of the backups in the folder, delete all but so many of the newest."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Write the database, the snapshot in use and files that wait into one file. The service may be used meanwhile."""
    if check:
        manifest = read(to)
        if not answer(manifest.document(), json):
            _say(to, manifest)
            say("Every file is as it was when the backup was made.")
        return
    if keep and not to.is_dir():
        raise BadFile(f"{to}: is no folder; --keep is for a folder of backups")
    place = Home.at(home)
    set_up(place)
    from segue.web.backup.make import Wanted, keep_last, make  # noqa: PLC0415

    with working() as progress:
        file, manifest = make(place, to, Wanted(secrets, media, library, snapshot), Steps(progress))
    deleted = keep_last(to, keep) if keep else []
    if answer({"file": str(file), "deleted": deleted, **manifest.document()}, json):
        return
    _say(file, manifest)
    if not secrets:
        say(
            "The secret key is not in it: keep it elsewhere, or add --with-secrets. With another key everybody signs in anew,"
        )
        say("and who was erased is not known.")
    for name in deleted:
        say(f"Deleted {name}.")


def _say(file: Path, manifest: Manifest) -> None:
    snapshot = f"snapshot {manifest.snapshot}" if manifest.snapshot else "no snapshot"
    say(f"{file}: {file.stat().st_size / 1e6:,.1f} MB, of {manifest.made}, made by Segue {manifest.segue}")
    say(f"{manifest.rows:>12,} rows in {len(manifest.tables)} tables ({manifest.database}), {snapshot}")
    say(f"{len(manifest.files):>12,} files{', the secret key among them' if manifest.has_secret else ''}")

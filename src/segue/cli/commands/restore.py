"""`segue restore`: a backup into an empty home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.context import HomeOption, JsonOption, Steps, answer, say, working
from segue.home import Home


def command(
    file: Annotated[Path, typer.Argument(help="A file that segue backup wrote.")],
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Put a backup into an empty home (and, with DATABASE_URL, an empty database), and prove that all of it is there."""
    from segue.web.backup.restore import restore  # noqa: PLC0415

    place = Home.at(home)
    with working() as progress:
        restored = restore(file, place, Steps(progress))
    manifest = restored.manifest
    if answer({"home": str(place.path), "other_key": restored.other_key, **manifest.document()}, json):
        return
    say(f"{manifest.rows:>12,} rows in {len(manifest.tables)} tables, as many in each as when the backup was made")
    say(f"{len(manifest.files):>12,} files with the same sums, in {place.path}")
    if restored.other_key:
        say(
            "The secret key is another than the service had: everybody signs in anew, and who was erased is not known. If you"
        )
        say("have the old one, put it into SEGUE_SECRET_KEY, or the file secret_key of the home, before you serve it.")

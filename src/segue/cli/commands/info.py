"""`segue info`: what is in the library, and what was trained."""

from __future__ import annotations

from typing import Any

from segue.cli.context import HomeOption, JsonOption, answer, say
from segue.errors import BadSnapshot
from segue.home import Home
from segue.library.library import Library


def command(home: HomeOption = None, json: JsonOption = None) -> None:
    """Show what is in the library and which snapshot is in use."""
    place = Home.at(home)
    library = place.library() if place.has_library else Library()
    document: dict[str, Any] = {
        "home": str(place.path),
        "library": library.counts(),
        "memory_mb": round(library.memory_bytes() / 1e6, 1),
        "fingerprint": library.fingerprint(),
        "problems": [str(problem) for problem in library.problems()],
        "snapshot": _snapshot(place),
    }
    if answer(document, json):
        return
    say(f"home       {document['home']}")
    say(f"library    {document['fingerprint']}, {document['memory_mb']} MB in memory")
    for table, rows in document["library"].items():
        if rows:
            say(f"  {table:<10}{rows:>12,}")
    if not any(document["library"].values()):
        say("  nothing yet: segue import PATH, or segue demo")
    for problem in document["problems"][:5]:
        say(f"  problem: {problem}")
    snapshot = document["snapshot"]
    if snapshot is None:
        say(f"snapshot   none: {_why_none(place)}" if place.snapshots.names() else "snapshot   none yet: segue train")
    else:
        say(
            f"snapshot   {snapshot['name']}: {snapshot['model']} on {snapshot['counts']['items']:,} {snapshot['level']}s"
        )
        if snapshot["library"] != document["fingerprint"]:
            say("           the library has changed since: segue train")


def _snapshot(place: Home) -> dict[str, Any] | None:
    try:
        return vars(place.snapshots.manifest(place.snapshots.current()))
    except BadSnapshot:
        return None


def _why_none(place: Home) -> str:
    """What is wrong with the snapshot that should be in use."""
    try:
        return place.snapshots.current()
    except BadSnapshot as error:
        return str(error)

"""Lines of ids, `listener item item …`, as recommender benchmarks have them (LightGCN, NGCF): each repeat is a play."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.library.library import Library
from segue.library.titles import slug
from segue.sources.base import Rejects
from segue.sources.delimited import ID, read_lines, refuse_mostly_bad
from segue.sources.files import NamedFile, unpacked
from segue.sources.ids import PATTERN, namespaced

# Names that say nothing of what is in the file: its folder says more.
_PLAIN_NAMES = {"interactions", "train", "test", "data", "user_items"}
_NUMBERS = re.compile(rb"[0-9]+(?: [0-9]+)+ ?\r?")
_ID = re.compile(PATTERN)
_TITLE = "lines of ids: listener track track …"


@dataclass(frozen=True)
class UserItems:
    """Reads one file; recognises numbers only, and takes other ids where the format is named."""

    title: str = "Lines of ids: listener track track … (repeats count as plays)"

    def recognises(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - its name says nothing
        """Every line of the beginning is two or more numbers with single spaces between."""
        lines = unpacked(head).split(b"\n")
        whole = [line for line in (lines[:-1] or lines) if line.strip()]
        return bool(whole) and all(_NUMBERS.fullmatch(line) for line in whole)

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Tracks titled by their ids ("Track 72": nobody knows more of them), and counts of plays. Raises `BadFile`."""
        file, found = NamedFile(path), Rejects()
        listeners: list[str] = []
        tracks: list[list[str]] = []
        for line, text in read_lines(file, found):
            parts = text.split()
            bad = next((part for part in parts if not _ID.match(part)), None)
            if bad is not None:
                found.add(str(file), line, f"{bad[:40]!r} is not an id")
            elif len(parts) < 2:
                found.add(str(file), line, "names a listener and no track")
            else:
                listeners.append(parts[0])
                tracks.append(parts[1:])
        refuse_mostly_bad(file, _TITLE, len(listeners), found)
        rejects.rows += found.rows
        return _library(_name(path), listeners, tracks)


def _library(name: str, listeners: list[str], tracks: list[list[str]]) -> Library:
    played = pl.DataFrame({"listener": listeners, "track": tracks}).explode("track").cast(ID)
    counted = played.group_by("listener", "track", maintain_order=True).agg(plays=pl.len())
    listens = pl.DataFrame(
        {
            "listener_id": namespaced(counted["listener"], f"{name}:listener:"),
            "track_id": namespaced(counted["track"], f"{name}:track:"),
            "plays": counted["plays"],
        }
    ).with_columns(source=pl.lit(name), position=pl.int_range(pl.len()).over("listener_id"))
    number = pl.col("track_id").cast(pl.String)
    catalogue = listens.select(number.unique(maintain_order=True)).with_columns(
        title="Track " + number.str.strip_prefix(f"{name}:track:")
    )
    return Library.of(listens=listens, tracks=catalogue)


def _name(path: Path) -> str:
    stem = path.name.lower().removesuffix(".gz").rsplit(".", 1)[0]
    named = slug(path.absolute().parent.name) if stem in _PLAIN_NAMES else slug(stem)
    return named or "user-items"


SOURCE = UserItems()

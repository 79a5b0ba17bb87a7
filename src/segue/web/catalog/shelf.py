"""Indexes on disk, one folder each below the home: made beside the one in use, and switched to in one rename.

`current` names the index in use. Whoever changes anything holds `lock`; whoever reads holds nothing, and keeps what it has
open until it sees that there is another.
"""

from __future__ import annotations

import fcntl
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson
import tantivy
from django.conf import settings

from segue.errors import Busy
from segue.web.catalog.entries import Entry
from segue.web.catalog.words import folded, indexed, joined

KINDS = ("artist", "track", "release", "genre", "playlist")
FORMAT = 2
_MOST = 1_000_000
# One thread makes one segment, which is searched faster than several.
_HEAP = 200_000_000
_SMALL_HEAP = 15_000_000
_DRAFT = ".draft"
Note = dict[str, list[int]]


def _schema() -> tantivy.Schema:
    """Each kind has fields of its own: what looks for artists does not walk through tracks."""
    builder = tantivy.SchemaBuilder()
    for kind in KINDS:
        builder.add_text_field(f"{kind}_words", tokenizer_name="whitespace", index_option="basic")
        builder.add_text_field(f"{kind}_joined", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("key", "title", "by", "about"):
        builder.add_bytes_field(name, stored=True)
    builder.add_unsigned_field("owner", indexed=True)
    builder.add_unsigned_field("popularity", fast=True, stored=True)
    return builder.build()


def _document(entry: Entry) -> tantivy.Document:
    name = folded(entry.title)
    words = indexed(" ".join([name, *map(folded, entry.by)]))
    document = tantivy.Document()
    document.add_text(f"{entry.kind}_words", " ".join(words))
    document.add_text(f"{entry.kind}_joined", joined(name))
    document.add_text("id", f"{entry.kind} {entry.key}")
    document.add_text("kind", entry.kind)
    for field_name, text in (("key", entry.key), ("title", entry.title), ("about", entry.about)):
        document.add_bytes(field_name, text.encode())
    for by in entry.by:
        document.add_bytes("by", by.encode())
    document.add_unsigned("owner", entry.owner)
    document.add_unsigned("popularity", round(entry.popularity * _MOST))
    return document


def entry_of(document: tantivy.Document) -> Entry:
    """What a document was made of."""
    key, title, about = (bytes(document.get_first(name) or b"").decode() for name in ("key", "title", "about"))
    by = tuple(bytes(name).decode() for name in document.get_all("by"))
    return Entry(
        document.get_first("kind") or "", key, title, by, (document.get_first("popularity") or 0) / _MOST, about
    )


class _Open(NamedTuple):
    """An open index, and what told that it is the newest: the name of its folder and when it was last changed."""

    name: str
    changed_ns: int
    searcher: tantivy.Searcher
    schema: tantivy.Schema
    note: Note


@dataclass(eq=False)
class Shelf:
    """One index that several processes read and one at a time changes. `note` is kept with it and says what it was made of."""

    name: str
    _open: _Open | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        """Where it is."""
        return settings.HOME.path / "search" / self.name

    def reader(self) -> tuple[tantivy.Searcher, tantivy.Schema, Note] | None:
        """The newest index, opened; None where there is none, or it is of another version."""
        for _ in range(3):
            try:
                current = self._current()
                opened = self._open
                if opened is None or (opened.name, opened.changed_ns) != current:
                    opened = self._opened(*current)
            except (FileNotFoundError, ValueError):
                # There is none, it is of another version, or another process switched while this one looked.
                continue
            return opened.searcher, opened.schema, opened.note
        return None

    @contextmanager
    def changing(self, wait_s: float = 0) -> Iterator[None]:
        """Only one process (and thread) at a time changes the index. Raises `Busy` where another still does after `wait_s`."""
        self.path.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + wait_s
        with (self.path / "lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= until:
                        raise Busy("the search index is being made: try again when that is done") from None
                    time.sleep(0.05)
            yield

    def replace(self, chunks: Iterable[list[Entry]], note: Callable[[], Note], told: Callable[[int], None]) -> int:
        """Make the index anew, and switch to it; the number of entries. Within `changing`. `told` hears how many there are."""
        self.tidy()
        name = f"{time.time_ns()}-{secrets.token_hex(3)}"
        draft = self.path / (name + _DRAFT)
        draft.mkdir()
        index = tantivy.Index(_schema(), path=str(draft))
        written = note()
        writer = index.writer(_HEAP, 1)
        number = 0
        for chunk in chunks:
            for entry in chunk:
                writer.add_document(_document(entry))
            number += len(chunk)
            told(number)
        writer.commit()
        writer.wait_merging_threads()
        (draft / "note.json").write_bytes(orjson.dumps(written | {"format": [FORMAT]}))
        draft.rename(self.path / name)
        pointer = self.path / "current.draft"
        pointer.write_text(name)
        pointer.replace(self.path / "current")
        return number

    def add(
        self, chunks: Iterable[list[Entry]], note: Note | None = None, without: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Add entries in the place of those of the same kind and key, and take some out. Within `changing`."""
        folder = self.path / self._current()[0]
        writer = tantivy.Index.open(str(folder)).writer(_SMALL_HEAP, 1)
        for kind, key in without:
            writer.delete_documents_by_term("id", f"{kind} {key}")
        for chunk in chunks:
            for entry in chunk:
                writer.delete_documents_by_term("id", f"{entry.kind} {entry.key}")
                writer.add_document(_document(entry))
        if note is not None:
            draft = folder / "note.draft"
            draft.write_bytes(orjson.dumps(note | {"format": [FORMAT]}))
            draft.replace(folder / "note.json")
        writer.commit()
        writer.wait_merging_threads()

    def _current(self) -> tuple[str, int]:
        name = (self.path / "current").read_text().strip()
        return name, (self.path / name / "meta.json").stat().st_mtime_ns

    def _opened(self, name: str, changed_ns: int) -> _Open:
        with self._opening:
            if self._open is not None and (self._open.name, self._open.changed_ns) == (name, changed_ns):
                return self._open
            note = orjson.loads((self.path / name / "note.json").read_bytes())
            if note.get("format") != [FORMAT]:
                raise ValueError(f"{self.path / name} is of another version")
            index = tantivy.Index.open(str(self.path / name))
            # Otherwise a thread would watch the folder.
            index.config_reader("manual")
            index.reload()
            self._open = _Open(name, changed_ns, index.searcher(), index.schema, note)
            return self._open

    def tidy(self) -> None:
        """Drop all but the index in use, and what a process that was killed left: who has it open keeps it. Within `changing`."""
        try:
            kept = (self.path / "current").read_text().strip()
        except FileNotFoundError:
            kept = ""
        for each in self.path.iterdir():
            if each.is_dir() and each.name != kept:
                shutil.rmtree(each, ignore_errors=True)

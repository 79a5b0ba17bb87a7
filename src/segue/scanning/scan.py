"""A scan: what is in a folder, what was heard in it, and the library that follows."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segue.errors import BadFile
from segue.scanning.heard import columns_of
from segue.scanning.store import AnalysisStore, Known, content_id
from segue.scanning.walk import Found, Walk
from segue.scanning.work import Hear, Outcome, hear, outcomes
from segue.sources import Rejects
from segue.sources.music_files import read_tags
from segue.sources.music_library import MusicFile

# A file whose length its header does not tell is taken for 160 kbit/s.
_BYTES_PER_SECOND = 20_000
# So many files' tags are noted in one commit.
_BATCH = 200


@dataclass(frozen=True)
class Progress:
    """How far a step has come: in files, and, where it analyses, in seconds of audio."""

    step: str
    done: int
    total: int
    audio_s: float = 0.0
    audio_total_s: float = 0.0
    left_s: float | None = None
    """How long the rest takes at the pace so far, in seconds; None while that is not known."""


Tell = Callable[[Progress], None]


@dataclass
class Examined:
    """What is in a folder now: its files, with what was heard in them.

    `told` says by path what the library was last told of a file, where it was told anything. Of the paths in `unread`,
    and all below them, nothing is known.
    """

    directory: Path
    files: list[MusicFile] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    unread: list[Path] = field(default_factory=list)
    rejects: Rejects = field(default_factory=Rejects)
    folders_closed: int = 0
    analysed: int = 0
    cached: int = 0
    audio_s: float = 0.0
    """Seconds of audio analysed now."""
    elapsed_s: float = 0.0
    """Seconds the analyses took."""

    @property
    def failed(self) -> int:
        """How many files could not be read, now or when they were last tried."""
        return len(self.rejects) - self.folders_closed


def examine(
    directory: Path,
    store: AnalysisStore,
    suffixes: Collection[str],
    workers: int,
    listen: Hear | None = hear,
    tell: Tell = lambda _: None,
) -> Examined:
    """Look through a folder: every audio file, its tags, and (unless `listen` is None) what is heard in it.

    Nothing is written but to the store, where each analysis is kept as soon as it is made. Raises `BadFile` when there
    is no such folder, or no audio in it.
    """
    directory = Path(directory).resolve() if Path(directory).exists() else Path(directory)
    walk = Walk(suffixes)
    tell(Progress("looking through the folder", 0, 0))
    found = list(walk.files(directory))
    if not found and not len(walk.rejects):
        raise BadFile(f"{directory}: no audio in it; nothing was changed")
    result = Examined(directory, rejects=walk.rejects, unread=walk.closed, folders_closed=len(walk.closed))
    known = dict(_known(found, store, result, tell))
    failed_now = _analyse(found, known, store, workers, listen, result, tell) if listen is not None else {}
    for one in found:
        if one.path in known:
            content = known[one.path].content_id
            _take(one, known[one.path], store.outcome(content) or failed_now.get(content), result)
    result.cached = sum(bool(file.heard) for file in result.files) - result.analysed
    return result


def _known(found: Sequence[Found], store: AnalysisStore, result: Examined, tell: Tell) -> Iterator[tuple[Path, Known]]:
    """What is known of each file: from the store where it is as it was, else by reading its tags."""
    before = store.files_below(result.directory)
    present = {str(one.path) for one in found}
    # A file that was moved takes what the library was told of it along.
    moved = {one.content_id: one.told for path, one in before.items() if path not in present}
    seen: list[tuple[str, Known]] = []
    for place, one in enumerate(found):
        known = before.get(str(one.path))
        if known is None or known.signature != one.signature:
            tell(Progress("reading tags", place, len(found)))
            try:
                content = content_id(one.path)
            except OSError as error:
                result.rejects.add(one.path, None, f"cannot be read: {error.strerror}")
                result.unread.append(one.path)
                continue
            tags = read_tags(one.path, result.directory, one.beside).to_json()
            known = Known(one.signature, content, tags, known.told if known else moved.get(content))
            seen.append((str(one.path), known))
            if len(seen) >= _BATCH:
                store.see(seen)
                seen.clear()
        yield one.path, known
    store.see(seen)


def _analyse(
    found: Sequence[Found], known: Mapping[Path, Known], store: AnalysisStore, workers: int, listen: Hear,
    result: Examined, tell: Tell,
) -> dict[str, Outcome]:  # fmt: skip
    """Analyse each content that was not analysed yet, once; return the failures that were not the files' fault."""
    contents = {known[one.path].content_id: one for one in reversed(found) if one.path in known}
    seconds = {
        one.path: (known[one.path].tagged(one.path).duration_ms or 0) / 1000 or one.size_bytes / _BYTES_PER_SECOND
        for content, one in reversed(contents.items())
        if store.outcome(content) is None
    }
    pace, passing = _Pace(len(seconds), sum(seconds.values())), {}
    if seconds:
        tell(pace.progress())
    # However this ends, no worker outlives it.
    with closing(outcomes(seconds, workers, listen)) as results:
        for path, outcome in results:
            if outcome.lasting:
                store.keep(known[path].content_id, outcome)
            else:
                passing[known[path].content_id] = outcome
            result.analysed += outcome.heard is not None
            pace.advance(seconds[path])
            tell(pace.progress())
    result.audio_s, result.elapsed_s = pace.audio_s, time.monotonic() - pace.began
    return passing


@dataclass
class _Pace:
    """How fast the analyses go. The first of them also waits for the workers to start, and is no measure."""

    total: int
    audio_total_s: float
    done: int = 0
    audio_s: float = 0.0
    began: float = field(default_factory=time.monotonic)
    first: tuple[float, float] | None = None

    def advance(self, seconds: float) -> None:
        self.done += 1
        self.audio_s += seconds
        self.first = self.first or (time.monotonic(), self.audio_s)

    def progress(self) -> Progress:
        left = None
        if self.first is not None and self.audio_s > self.first[1]:
            since, before = self.first
            left = (time.monotonic() - since) * (self.audio_total_s - self.audio_s) / (self.audio_s - before)
        return Progress("analysing", self.done, self.total, self.audio_s, self.audio_total_s, left)


def _take(found: Found, known: Known, outcome: Outcome | None, result: Examined) -> None:
    """Put a file into the result, or what is wrong with it into its rejects."""
    if outcome is not None and outcome.failure is not None:
        result.rejects.add(found.path, None, outcome.failure)
        if not outcome.lasting:
            # What the library has of it stays.
            result.unread.append(found.path)
        return
    heard: dict[str, Any] = columns_of(outcome.heard) if outcome is not None and outcome.heard is not None else {}
    tagged = known.tagged(found.path)
    result.files.append(MusicFile(tagged, known.content_id, found.size_bytes, found.modified, heard))
    if known.told is not None:
        result.told[str(found.path)] = known.told

"""How well what was found matches what was asked: exact names first, then what begins so, has the words, or reads alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.fuzz import ratio

from segue.library.titles import parse_title
from segue.web.catalog.entries import Entry
from segue.web.catalog.words import asked, folded, indexed, is_unspaced, joined

# Quality of what is not exact is at most 0.95: nothing popular overtakes what was asked for by its whole name.
_EXACT, _EXACT_BOTH, _EXACT_SONG = 1.4, 1.35, 1.3
_WEIGHT_OF_POPULARITY = 0.25
_KIND = {"artist": 0.06, "track": 0.03, "genre": 0.01, "release": 0.0, "playlist": 0.0}
WORST = 0.42
"""What matches less is not what was meant."""


@dataclass(frozen=True)
class Asked:
    """A search: folded, in words, and in one piece."""

    name: str

    @classmethod
    def of(cls, words: str) -> Asked:
        """What somebody typed; every letter is taken as it is."""
        return cls(folded(words.encode("utf-8", "replace").decode().replace("\0", " ")))

    @cached_property
    def words(self) -> list[str]:
        """The words that count."""
        return asked(self.name)

    @cached_property
    def joined(self) -> str:
        """All of it without spaces."""
        return joined(self.name)


def ranked(search: Asked, entries: Iterable[Entry], limit: int) -> list[tuple[float, Entry]]:
    """The best matches and their scores, the best first; of tracks that read the same, the most popular."""
    best: dict[tuple[str, ...], tuple[float, Entry]] = {}
    for entry in entries:
        title, by = folded(entry.title), tuple(map(folded, entry.by))
        found = quality(search, entry, title, by)
        if found < WORST:
            continue
        score = found + _WEIGHT_OF_POPULARITY * entry.popularity + _KIND[entry.kind]
        same = ("track", title, *by) if entry.kind == "track" else (entry.kind, entry.key)
        if same not in best or best[same][0] < score:
            best[same] = (score, entry)
    return sorted(best.values(), key=lambda one: (-one[0], len(one[1].title), one[1].title, one[1].key))[:limit]


def quality(search: Asked, entry: Entry, title: str, by: tuple[str, ...]) -> float:
    """How well an entry of that folded title and artists matches: 0 not at all, to 0.95, and above that the whole name."""
    whole, said = joined(title), search.joined
    if whole == said:
        return _EXACT
    song = joined(folded(parse_title(entry.title).core)) if entry.kind in {"track", "release"} else whole
    for name, exact in ((whole, _EXACT_BOTH), (song, _EXACT_SONG)):
        if any(said in (name + joined(one), joined(one) + name) for one in by):
            return exact
    if song == said:
        return _EXACT_SONG
    begins = 0.8 + 0.15 * len(said) / len(whole) if whole.startswith(said) else 0.0
    return max(begins, _has_words(search, title, by), _reads_alike(said, whole, by))


def _has_words(search: Asked, title: str, by: tuple[str, ...]) -> float:
    """0 unless every word is there (the last one may be the beginning of one); more, the more of the names was asked for."""
    names = (title, *by)
    words = [indexed(name) for name in names]
    there = set().union(*words)
    *firsts, last = search.words
    if not there.issuperset(firsts):
        return 0.0
    if last not in there and (is_unspaced(last) or not any(word.startswith(last) for word in there)):
        return 0.0
    # Artists that nothing was said of do not make a title longer.
    asked_for = [name for name, mine in zip(names, words, strict=True) if name is title or _touches(search.words, mine)]
    return 0.55 + 0.35 * min(1.0, len(search.joined) / max(len(joined("".join(asked_for))), 1))


def _touches(wanted: list[str], mine: list[str]) -> bool:
    return not set(wanted).isdisjoint(mine) or any(word.startswith(wanted[-1]) for word in mine)


def _reads_alike(said: str, whole: str, by: tuple[str, ...]) -> float:
    """How alike the letters are, of the title or of title and artist; also where only their beginning was typed."""
    ways = [whole, whole[: len(said) + 1]] + [way for one in by for way in (whole + joined(one), joined(one) + whole)]
    best = max(
        (ratio(said, way) * (0.95 if place == 1 else 1.0) for place, way in enumerate(ways)), default=0.0
    )  # fmt: skip
    sung = max((ratio(said, joined(one)) for one in by), default=0.0)
    return max(0.8 * best, 0.6 * sung) / 100

"""What the ranker looks at: for each candidate, what its scores, the history, the moment and the catalogue say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from segue.ranking.catalogue import DAY_PARTS, NO_DAY, UNKNOWN, Catalogue
from segue.ranking.past import DAY_MS, Past
from segue.ranking.signals_native import (
    LEAST_POPULARITY,
    cosines,
    lifts,
    look_up,
    own,
    sound_gaps,
    standardise,
    strongest,
    tally,
)

PARTS = ("rp3beta", "ease", "als", "transitions", "feature-ridge")
"""Parts of a blend that have a signal of their own."""
RECENT = 20
"""At most so many items of the latest sitting, the last ones, say what is being listened to."""
TOP_ARTISTS = 20
HOURS_PER_PART = 24 // len(DAY_PARTS)
SATURDAY = 5
DAYS_OF_YEAR = 366


class Signal(NamedTuple):
    """One column."""

    name: str
    meaning: str


SIGNALS = (
    Signal("blend", "score of the blend, standardised over the candidates"),
    Signal("blend_place", "log of the place by the blend, from 1"),
    *(Signal(f"part_{name}", f"score of {name}, standardised over the candidates") for name in PARTS),
    Signal("artist_share", "share of the history's plays that the artist has"),
    Signal("artist_items", "log(1 + items of the artist in the history)"),
    Signal("artist_days", "log(1 + days since the artist was last played)"),
    Signal("release_items", "log(1 + items of the release in the history)"),
    Signal("item_plays", "log(1 + plays of the item)"),
    Signal("item_days", "log(1 + days since the item was last played)"),
    Signal("related", "the most that the artist has to do with one of the history's top artists"),
    Signal("near_session", "cosine to the mean of the latest sitting"),
    Signal("near_history", "cosine to the mean of the history, in which what is played more counts more"),
    Signal("sound_gap", "mean difference in audio from the mean of the latest sitting, in standard deviations"),
    Signal("popularity", "log of the share of listeners who play the item"),
    Signal(
        "country", "log of how much more popular it is in the listener's country; unknown for what is not on top there"
    ),
    Signal("age", "the same of the listener's age group"),
    Signal("trending", "the same of late"),
    Signal("novelty", "how far below the mean place of the history it is by popularity"),
    Signal("artist_popularity", "place of the artist by listeners, 0 to 1"),
    Signal("release_days", "log(1 + days since it came out)"),
    Signal("explicit", "1 yes, 0 no"),
    Signal("hour", "log of how much more it is played in this part of the day"),
    Signal("month", "log of how much more it is played in this month"),
    Signal("weekend", "1 on Saturday and Sunday, 0 on other days"),
    Signal("history_size", "log(1 + items in the history)"),
    Signal("history_popularity", "mean place by popularity of the history"),
    Signal("history_repeats", "share of the history's plays that are not the first of their item"),
)
"""The columns in order. NaN is for what is not known."""

NAMES = tuple(signal.name for signal in SIGNALS)


@dataclass(frozen=True)
class Moment:
    """When and for whom; None (or `UNKNOWN`) where not known.

    `hour` (0-23) and `weekday` (0 Monday) are the listener's own; `month` (1-12) too, but by the seasons of the north.
    `country` and `age` are rows of `Crowds.top`.
    """

    hour: int | None = None
    month: int | None = None
    weekday: int | None = None
    country: int = UNKNOWN
    age: int = UNKNOWN


Columns = Mapping[str, np.ndarray | float]


class Signals:
    """Signals of the items of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._facts, self._space, self._moments = catalogue.facts, catalogue.space, catalogue.moments
        self._related = catalogue.relations.related
        self._trending = catalogue.crowds.group("trending")
        top = catalogue.crowds.top
        self._top = top if top.has_sorted_indices else top.sorted_indices()
        self._deviations = _deviations(catalogue.facts.audio)

    def of(
        self,
        past: Past,
        items: np.ndarray,
        blend: np.ndarray,
        parts: np.ndarray,
        part_names: Sequence[str],
        moment: Moment,
    ) -> np.ndarray:
        """The signals of candidates for one listener, float32, shape (m, len(SIGNALS)); NaN where not known.

        `items` int, shape (m,); `blend` their scores, shape (m,), and `parts` those of the parts named, shape
        (n_parts, m). Parts that have no signal of their own are left out.
        """
        items = np.asarray(items)
        liked = _Liked.of(past)
        columns = {
            **_score_columns(blend, parts, part_names),
            **self._artist_columns(past, liked, items),
            **_item_columns(past, items),
            **self._near_columns(past, liked, items),
            **self._fact_columns(past, items),
            **self._crowd_columns(items, moment),
            **self._moment_columns(items, moment),
            **self._history_columns(past, liked, items),
        }
        found = np.empty((len(items), len(NAMES)), dtype=np.float32)
        for place, name in enumerate(NAMES):
            found[:, place] = columns[name]
        return found

    def _artist_columns(self, past: Past, liked: _Liked, items: np.ndarray) -> Columns:
        facts, related = self._facts, self._related
        artists, releases = facts.artist[items], facts.release[items]
        codes, amounts, counts, last_ms = _tally_of(facts.artist[liked.items], liked)
        top = codes[np.argsort(-amounts, kind="stable")[:TOP_ARTISTS]]
        plays, n_items, last = look_up(artists, codes, amounts, counts, last_ms)
        _, of_release, _ = look_up(releases, *_tally_of(facts.release[liked.items], liked))
        strengths = strongest(related.indptr, related.indices, related.data, top, artists)
        if not len(liked.items):
            plays, strengths = plays * np.nan, strengths * np.nan
        return {
            "artist_share": plays / max(liked.total, 1),
            "artist_items": np.log1p(n_items),
            "artist_days": np.log1p(np.maximum(past.now_ms - last, 0) / DAY_MS),
            "release_items": np.log1p(of_release),
            "related": strengths,
        }

    def _near_columns(self, past: Past, liked: _Liked, items: np.ndarray) -> Columns:
        recent = past.session[~past.skipped][-RECENT:]
        vectors, audio = self._space.vectors, self._facts.audio
        equal = np.ones(len(recent), dtype=np.float32)
        return {
            "near_session": cosines(vectors, items, recent, equal),
            "near_history": cosines(vectors, items, liked.items, np.log1p(liked.amounts)),
            "sound_gap": sound_gaps(audio, items, recent, self._deviations),
        }

    def _fact_columns(self, past: Past, items: np.ndarray) -> Columns:
        facts = self._facts
        day, explicit = facts.day[items], facts.explicit[items]
        age = np.maximum(past.now_ms / DAY_MS - day, 0)
        # Of what came out some day of this year, it is not known whether it is new.
        undated = (day == NO_DAY) | (~facts.to_the_day[items] & (age < DAYS_OF_YEAR))
        return {
            "popularity": np.log(np.maximum(facts.popularity[items], LEAST_POPULARITY)),
            "artist_popularity": facts.artist_rank[items],
            "release_days": np.where(undated, np.nan, np.log1p(age)),
            "explicit": np.where(explicit == UNKNOWN, np.nan, explicit),
        }

    def _crowd_columns(self, items: np.ndarray, moment: Moment) -> Columns:
        groups = {"country": moment.country, "age": moment.age, "trending": self._trending}
        popularity = np.maximum(self._facts.popularity[items], np.float32(LEAST_POPULARITY))
        return {name: self._lift(row, items, popularity) for name, row in groups.items()}

    def _lift(self, row: int, items: np.ndarray, popularity: np.ndarray) -> np.ndarray | float:
        if row == UNKNOWN:
            return np.nan
        entries = slice(self._top.indptr[row], self._top.indptr[row + 1])
        return lifts(self._top.indices[entries], self._top.data[entries], items, popularity)

    def _moment_columns(self, items: np.ndarray, moment: Moment) -> Columns:
        hours, months = self._moments.hours, self._moments.months
        at_hour = moment.hour is not None and hours.shape[1]
        at_month = moment.month is not None and months.shape[1]
        return {
            "hour": hours[items, (moment.hour or 0) // HOURS_PER_PART] if at_hour else np.nan,
            "month": months[items, (moment.month or 1) - 1] if at_month else np.nan,
            "weekend": np.nan if moment.weekday is None else float(moment.weekday >= SATURDAY),
        }

    def _history_columns(self, past: Past, liked: _Liked, items: np.ndarray) -> Columns:
        rank = self._facts.rank
        usual = float(rank[liked.items].mean()) if len(liked.items) else np.nan
        plays = past.plays[past.plays > 0]
        return {
            "novelty": usual - rank[items],
            "history_size": np.log1p(len(liked.items)),
            "history_popularity": usual,
            "history_repeats": 1 - len(plays) / float(plays.sum()) if len(plays) else np.nan,
        }


def standardised(values: np.ndarray) -> np.ndarray:
    """Values, or each row of them, less their mean, by their standard deviation, float32; 0 where all are equal.

    Values that are not finite are unknown: they do not count, and become NaN.
    """
    values = np.asarray(values, dtype=np.float32)
    found = np.empty(values.shape, dtype=np.float32)
    standardise(np.atleast_2d(values), np.atleast_2d(found))
    return found


@dataclass(frozen=True, eq=False)
class _Liked:
    """The part of a history that speaks for its items; what was liked and never played counts as one play."""

    items: np.ndarray
    amounts: np.ndarray
    last_ms: np.ndarray
    total: float

    @classmethod
    def of(cls, past: Past) -> _Liked:
        speaks = past.weights > 0
        amounts = np.maximum(past.plays[speaks], np.float32(1))
        return cls(past.items[speaks], amounts, past.last_ms[speaks], float(amounts.sum()))


def _tally_of(codes: np.ndarray, liked: _Liked) -> tuple[np.ndarray, ...]:
    """The distinct artists (or releases) of a history, ascending, with plays, items and time of the last play of each."""
    return tally(codes, np.argsort(codes, kind="stable"), liked.amounts, liked.last_ms)


def _score_columns(blend: np.ndarray, parts: np.ndarray, part_names: Sequence[str]) -> Columns:
    place = np.empty(len(blend))
    place[np.argsort(-blend, kind="stable")] = np.log(np.arange(1, len(blend) + 1))
    standard = standardised(np.vstack([blend[np.newaxis], parts]) if len(part_names) else blend[np.newaxis])
    known = dict(zip(part_names, standard[1:], strict=True))
    return {
        "blend": standard[0],
        "blend_place": place,
        **{f"part_{name}": known.get(name, np.nan) for name in PARTS},
    }


def _item_columns(past: Past, items: np.ndarray) -> Columns:
    plays, days = own(past.items, past.plays, past.last_ms, items, past.now_ms)
    return {"item_plays": np.log1p(plays), "item_days": np.log1p(days)}


def _deviations(audio: np.ndarray) -> np.ndarray:
    """Standard deviation of each column over what is known, float64; NaN for one that says nothing."""
    known = np.isfinite(audio)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, audio, 0).sum(axis=0, dtype=np.float64) / counts
    deviations = np.sqrt(np.where(known, (audio - mean) ** 2, 0).sum(axis=0) / counts)
    return np.where(deviations > 0, deviations, np.nan)

"""The stages in order: gather candidates, score, rank, put the page together, draw a lottery, and say what it owes to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from segue.ranking.candidates import MODEL, Gathered, Gatherer
from segue.ranking.catalogue import DAY_PARTS, UNKNOWN, Catalogue
from segue.ranking.diversity import Rules, mean_genres, rerank
from segue.ranking.exploration import Mixed, draw, explored_places, mix_in, pool, share_allowed
from segue.ranking.filters import Wanted, allowed, audio_spread, target_penalty
from segue.ranking.past import NEVER, Past
from segue.ranking.ranker import Ranker
from segue.ranking.served import ALL, Scored, Usable, served
from segue.ranking.signals import Moment, Signals, standardised
from segue.ranking.walk import best_of
from segue.recommenders.base import Recommender

CANDIDATES = 300
"""So many of the model's best are looked at closely, or four for each place on the page."""
SHORTLIST = 200
"""So many of the most relevant candidates, or five for each place, are considered for the page."""
DIAL = 1.5
"""What the whole way from familiar to unknown is worth, in standard deviations of relevance."""
TARGET = 1.5
"""What one standard deviation away from a target costs."""
CONTEXT = 0.25
"""What a unit of log lift at this hour or month is worth, in standard deviations of the model's scores."""
_POOL = 20_000
_NO_MASK = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class Ask:
    """A request in arrays.

    Attributes:
        past: the history.
        seeds: int32 (n,): items to be near to.
        wanted: the filters.
        moment: when and where.
        groups: rows of `Crowds.top`: the listener's own (country, age), and last what everybody plays.
        barred: int32: items that must not be in the answer, nor other versions of them.
        targets: (column of `Facts.audio`, value).
        n, rules, dial, exploration, seed: as in the request.
        before: int32: what was just played, the last last.
    """

    past: Past
    seeds: np.ndarray
    wanted: Wanted
    moment: Moment
    groups: np.ndarray
    barred: np.ndarray
    targets: tuple[tuple[int, float], ...]
    n: int
    rules: Rules
    dial: float
    exploration: float
    seed: int
    before: np.ndarray


@dataclass(frozen=True, eq=False)
class Page:
    """Chosen items in page order, and what is known of why.

    Attributes:
        items: int32 (n,).
        scores: float32 (n,): the model's.
        bits: uint8 (n,): who proposed each (`SOURCES`).
        scored: what the model said; None where the history says nothing, and `crowds` chose.
        places: int64 (n,): places of the items in `scored`.
        propensities: float64 (n,): NaN for those that are there by merit.
        history: int32: the items that `scored` explains by, in the order of its columns.
        crowds: the group whose favourite each is, where `scored` is None; "" for what only fills the page.
        community: the listener's community of taste, -1 for none.
    """

    items: np.ndarray
    scores: np.ndarray
    bits: np.ndarray
    scored: Scored | None
    places: np.ndarray
    propensities: np.ndarray
    history: np.ndarray
    crowds: tuple[str, ...] = ()
    community: int = UNKNOWN


class Pipeline:
    """The stages over one snapshot. Any number of threads may ask at once."""

    def __init__(self, model: Recommender, catalogue: Catalogue, ranker: Ranker | None = None) -> None:
        self.catalogue, self.ranker = catalogue, ranker
        self.served = served(model, catalogue.facts.n_items)
        self.gatherer = Gatherer(catalogue)
        self.signals = Signals(catalogue)
        self._spread = audio_spread(catalogue.facts)
        work = catalogue.facts.work
        self._by_work = np.argsort(work, kind="stable").astype(np.int32)
        self._work_starts = np.searchsorted(work[self._by_work], np.arange(int(work.max(initial=-1)) + 2))

    def page(self, ask: Ask) -> Page:
        """The page for one request."""
        usable = self._usable(ask)
        if not len(ask.seeds) and not (ask.past.weights > 0).any():
            return self._popular(ask, usable)
        return self._personal(ask, usable)

    def candidates(self, ask: Ask) -> tuple[Scored, np.ndarray]:
        """The candidates of a request as they are served, and who proposed each: what a ranker learns from."""
        scored, _, bits = self._scored(ask, self._usable(ask))
        return scored, bits

    def unranked(self, ask: Ask, scored: Scored) -> np.ndarray:
        """The relevance of candidates where no ranker is heeded: by the model, beside seeds by the history, and by the moment."""
        relevance = standardised(scored.total)
        if len(ask.seeds) and (ask.past.weights > 0).any():
            says = np.flatnonzero(ask.past.weights)
            own = self.served.score(ask.past.items[says], ask.past.weights[says], scored.items, 0, ALL)
            order = np.argsort(own.items)
            both = relevance + standardised(own.total[order[np.searchsorted(own.items[order], scored.items)]])
            relevance = standardised(both)
        return relevance + CONTEXT * self._lift(scored.items, ask.moment)

    # -- stages ------------------------------------------------------------------------------------------------------

    def _personal(self, ask: Ask, usable: _Usable) -> Page:
        scored, history, bits = self._scored(ask, usable)
        relevance = self._relevance(ask, scored)
        facts = self.catalogue.facts
        liked = ask.past.weights > 0
        taste = mean_genres(ask.past.items[liked], np.log1p(ask.past.weights[liked]), facts)
        made = self._put_together(ask, scored.items, relevance, taste)
        places, community = made.page, self._community(ask.past)
        return Page(
            scored.items[places], scored.total[places], bits[places], scored, places, made.propensities, history,
            community=community,
        )  # fmt: skip

    def _put_together(self, ask: Ask, items: np.ndarray, relevance: np.ndarray, taste: np.ndarray) -> Mixed:
        """The page by the rules, as places in `items`, with what the lottery drew."""
        facts, vectors = self.catalogue.facts, self.catalogue.space.vectors
        share = share_allowed(ask.exploration, ask.dial)
        lottery = explored_places(ask.n, share, ask.seed) if share else np.zeros(0, dtype=np.int64)
        by_merit = ask.n - len(lottery)
        shortlist = best_of(items, relevance, _NO_MASK, max(SHORTLIST, 5 * ask.n))
        chosen = rerank(
            relevance[shortlist], items[shortlist], facts, vectors, ask.rules, by_merit, taste=taste, before=ask.before
        )  # fmt: skip
        places = shortlist[chosen]
        if not len(lottery):
            return Mixed(places, np.full(len(places), np.nan))
        eligible = pool(places, items, relevance, facts, ask.rules)
        return mix_in(places, draw(relevance, eligible, len(lottery), ask.seed), lottery, ask.n)

    def _scored(self, ask: Ask, usable: _Usable) -> tuple[Scored, np.ndarray, np.ndarray]:
        """Candidates with scores, the items that they are explained by, and who proposed each."""
        says = np.flatnonzero(ask.past.weights)
        items, weights = ask.past.items[says], ask.past.weights[says]
        pool = ask.wanted.within
        if pool is not None and len(pool) <= _POOL:
            gathered = Gathered(pool.astype(np.int32), np.full(len(pool), MODEL, dtype=np.uint8))
            k = 0
        else:
            near = ask.seeds if len(ask.seeds) else _telling(ask.past)
            gathered = self.gatherer.gather(ask.past, near, ask.groups)
            k = max(CANDIDATES, 4 * ask.n)
        extra = gathered.items[usable(gathered.items)]
        if len(ask.seeds):
            seeds = np.unique(ask.seeds)
            scored = self.served.score(seeds, np.ones(len(seeds), dtype=np.float32), extra, k, usable)
            history = seeds
        else:
            scored = self.served.score(items, weights, extra, k, usable)
            history = items
        if len(scored.items) < ask.n and k:
            extra = np.union1d(extra, self._most_played(2 * ask.n, usable))
            scored = self.served.score(
                history, np.ones(len(history), np.float32) if len(ask.seeds) else weights, extra, k, usable
            )
        bits = self.gatherer.proposed(gathered, scored.items)
        return scored, history, np.where(scored.total > 0, bits | MODEL, bits)

    def _relevance(self, ask: Ask, scored: Scored) -> np.ndarray:
        relevance = self.unranked(ask, scored)
        if self.ranker is not None and self.ranker.heeds(len(ask.past.items)):
            signals = self.signals.of(ask.past, scored.items, scored.total, scored.parts, scored.names, ask.moment)
            relevance = self.ranker.scores(signals, standardised(relevance), len(ask.past.items))
        return self._as_wanted(ask, scored.items, relevance)

    def _as_wanted(self, ask: Ask, items: np.ndarray, relevance: np.ndarray) -> np.ndarray:
        """Relevance with what the controls ask for beside the filters: the dial, and targets."""
        if ask.dial != 0.5:
            relevance = relevance + (2 * ask.dial - 1) * DIAL * self._strangeness(ask.past, items)
        if ask.targets:
            relevance = relevance - TARGET * target_penalty(self.catalogue.facts, items, ask.targets, self._spread)
        return relevance.astype(np.float32)

    def _popular(self, ask: Ask, usable: _Usable) -> Page:
        """What the listener's crowd plays, for one of whom nothing is known."""
        crowds = self.catalogue.crowds
        groups = ask.groups[:-1] if len(ask.groups) > 1 else ask.groups
        if not self.catalogue.facts.popularity.any():
            return _nothing()
        facts = self.catalogue.facts
        score = np.zeros(facts.n_items, dtype=np.float32)
        for group in groups:
            start, end = crowds.top.indptr[group], crowds.top.indptr[group + 1]
            score[crowds.top.indices[start:end]] += crowds.top.data[start:end]
        items = np.flatnonzero(score).astype(np.int32)
        items = items[usable(items)]
        if len(items) < ask.n:
            items = np.union1d(items, self._most_played(2 * ask.n, usable)).astype(np.int32)
        merit = score[items] + facts.popularity[items] * np.float32(1e-6)
        relevance = self._as_wanted(ask, items, standardised(merit) + CONTEXT * self._lift(items, ask.moment))
        made = self._put_together(ask, items, relevance, np.zeros(len(facts.genre_names), dtype=np.float32))
        chosen = items[made.page]
        none = np.zeros(len(chosen), dtype=np.uint8)
        named = tuple(self._crowd_of(item, groups) for item in chosen.tolist())
        return Page(chosen, score[chosen], none, None, made.page, made.propensities, chosen[:0], named)

    def _crowd_of(self, item: int, groups: np.ndarray) -> str:
        """The first of these groups among whose favourites an item is; "" for what only fills the page."""
        crowds = self.catalogue.crowds
        for group in groups.tolist():
            if (crowds.top.indices[crowds.top.indptr[group] : crowds.top.indptr[group + 1]] == item).any():
                return crowds.names[group]
        return ""

    def _most_played(self, n: int, usable: _Usable) -> np.ndarray:
        """The most played of all usable items that anybody plays; where nobody has played any, any."""
        facts = self.catalogue.facts
        every = np.arange(facts.n_items, dtype=np.int32)
        return best_of(every, np.asarray(facts.popularity), usable(every), n)

    def _community(self, past: Past) -> int:
        """The community of taste whose middle is nearest to the listener's; -1 where there are none."""
        centroids = self.catalogue.crowds.centroids
        liked = past.weights > 0
        if not len(centroids) or not liked.any():
            return UNKNOWN
        middle = np.log1p(past.weights[liked]) @ self.catalogue.space.vectors[past.items[liked]]
        return int(np.argmax(centroids @ middle)) if middle.any() else UNKNOWN

    # -- what relevance is made of -------------------------------------------------------------------------------------

    def _strangeness(self, past: Past, items: np.ndarray) -> np.ndarray:
        """How unknown items are to the listener, standardised: by an artist never played, and little played by anybody."""
        facts = self.catalogue.facts
        known = np.unique(facts.artist[past.items[past.plays + np.maximum(past.weights, 0) > 0]])
        new_artist = ~np.isin(facts.artist[items], known)
        return standardised(new_artist.astype(np.float32) + 1 - facts.rank[items])

    def _lift(self, items: np.ndarray, moment: Moment) -> np.ndarray:
        moments = self.catalogue.moments
        lift = np.zeros(len(items), dtype=np.float32)
        if moment.hour is not None and moments.hours.shape[1]:
            lift += moments.hours[items, moment.hour * len(DAY_PARTS) // 24]
        if moment.month is not None and moments.months.shape[1]:
            lift += moments.months[items, moment.month - 1]
        return lift

    def _usable(self, ask: Ask) -> _Usable:
        """What may be in the answer."""
        works = np.sort(self.catalogue.facts.work[ask.barred])  # some twice: to bar twice does no harm
        barred = _rows_of(self._work_starts, self._by_work, works)
        wanted, facts = ask.wanted, self.catalogue.facts
        chosen = None if wanted.everything else lambda items: allowed(facts, items, wanted)
        return _Usable(barred, chosen, work=facts.work, barred_works=works)


@dataclass(frozen=True, eq=False)
class _Usable(Usable):
    """Calling it says of a few items which are neither barred, nor kept out by the filter."""

    work: np.ndarray = field(kw_only=True)
    barred_works: np.ndarray = field(kw_only=True)

    def __call__(self, items: np.ndarray) -> np.ndarray:
        works = self.work[items]
        if len(self.barred_works):
            place = np.minimum(np.searchsorted(self.barred_works, works), len(self.barred_works) - 1)
            out = self.barred_works[place] != works
        else:
            out = np.ones(len(items), dtype=np.bool_)
        return out if self.filter is None else out & self.filter(items)


def _rows_of(starts: np.ndarray, entries: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """All entries of these rows."""
    first, counts = starts[rows], starts[rows + 1] - starts[rows]
    before = np.cumsum(counts) - counts
    return entries[np.repeat(first - before, counts) + np.arange(int(counts.sum()))]


def barred_items(past: Past, heard_within_days: float | None) -> np.ndarray:
    """Items of the history that must not come back: what counts against, and what was heard within so many days (None: ever)."""
    if heard_within_days is None:
        return past.items
    since = past.now_ms - heard_within_days * 86_400_000
    recent = np.where(past.last_ms == NEVER, heard_within_days > 0, past.last_ms >= since)
    return past.items[(past.weights < 0) | recent]


def _telling(past: Past) -> np.ndarray:
    """The items that say most of the taste just now: by weight, halved for every month since; those of this sitting first."""
    days = past.days_since()
    says = np.log1p(np.maximum(past.weights, 0)) * np.exp2(np.where(np.isnan(days), 30.0, days) / -30)
    order = np.argsort(-says, kind="stable")
    return past.items[order[says[order] > 0]]


def _nothing() -> Page:
    none = np.zeros(0, dtype=np.int32)
    empty = np.zeros(0, dtype=np.float32)
    return Page(none, empty, none.astype(np.uint8), None, none.astype(np.int64), empty.astype(np.float64), none)


def groups_of(catalogue: Catalogue, names: list[str]) -> np.ndarray:
    """Rows of the crowds of these names that there are, in order."""
    found = [catalogue.crowds.group(name) for name in names]
    return np.array([row for row in found if row != UNKNOWN], dtype=np.int64)

"""The Engine: a snapshot loaded for serving."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine import wording
from segue.engine.asking import Asking
from segue.engine.ids import Ids
from segue.engine.names import Names
from segue.engine.request import Answer, Because, Reason, Recommendation, Request
from segue.engine.snapshot import Manifest, Snapshots
from segue.engine.stored import load_catalogue, load_ranker, load_sequence
from segue.engine.wanted import Codes
from segue.errors import BadRequest, BadSnapshot, NotFound, UnknownModel
from segue.features.groups import ItemFeatures
from segue.features.likeness import Shared, shared
from segue.ranking.candidates import NEW, RELATED, SOURCES
from segue.ranking.catalogue import UNKNOWN, Catalogue
from segue.ranking.past import Past
from segue.ranking.pipeline import Ask, Page, Pipeline
from segue.ranking.ranker import Ranker
from segue.ranking.reasons import Owed, owed
from segue.ranking.sequence import SequenceModel
from segue.recommenders import storage
from segue.recommenders.base import FindsSimilar, Recommender

_NO_OWED = Owed(0, (), (), ())


@dataclass(frozen=True, eq=False)
class Engine:
    """A snapshot loaded for serving: arrays are memory-mapped, so processes share them; any number of threads may ask at once.

    Histories, seeds and exclusions are by item id. Ids that the snapshot does not have are left out.
    """

    path: Path
    manifest: Manifest
    model_name: str
    model: Recommender
    ids: Ids
    names: Names
    catalogue: Catalogue
    ranker: Ranker | None = None
    sequence: SequenceModel | None = None

    @classmethod
    def open(cls, directory: Path, name: str | None = None, model: str | None = None) -> Self:
        """Load a snapshot below `directory`: the current one, or the one named, with its own model or one that comes with it.

        Raises `BadSnapshot`; `UnknownModel` when the snapshot does not have the model asked for.
        """
        snapshots = Snapshots(directory)
        name = name or snapshots.current()
        path = snapshots.path(name)
        manifest = snapshots.manifest(name)
        chosen = model or manifest.model
        ids, names, catalogue = load_catalogue(path)
        found = storage.load(_model_path(path, manifest, chosen))
        ranker = load_ranker(path) if chosen == manifest.model else None
        return cls(
            path, manifest, chosen, found, ids, names, catalogue, ranker, load_sequence(path, catalogue.space.vectors)
        )

    @cached_property
    def items(self) -> pl.DataFrame:
        """One row per item, with what there is to show of it; read when first asked for (see `item_table`)."""
        try:
            return pl.read_parquet(self.path / "items.parquet")
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise BadSnapshot(f"snapshot {self.manifest.name} is damaged: {str(error).splitlines()[0]}") from error

    @cached_property
    def features(self) -> ItemFeatures | None:
        """What is known of the items, by groups; read when first asked for."""
        there = (self.path / "features").is_dir()
        return (
            ItemFeatures.load(self.path / "features", self.items["item_id"].to_numpy().astype(object))
            if there
            else None
        )

    @cached_property
    def pipeline(self) -> Pipeline:
        """The stages of ranking over this snapshot."""
        return Pipeline(self.model, self.catalogue, self.ranker)

    @cached_property
    def asking(self) -> Asking:
        """Turns requests into arrays."""
        return Asking(self.ids, self.catalogue, Codes(self.catalogue.facts), self.manifest.until_ms)

    @cached_property
    def sounds(self) -> wording.Sounds:
        """Words for how items sound."""
        return wording.Sounds(self.catalogue)

    def warm_up(self) -> float:
        """Load and compile what the first request would wait for; the seconds it took."""
        begun = time.perf_counter()
        self.pipeline.served.warm_up()
        some = tuple(self.ids.names(np.arange(min(3, len(self.ids)))))
        self.recommend([Request(seeds=some[:1], n=2), Request(n=2)])
        return time.perf_counter() - begun

    def recommend(self, requests: Sequence[Request]) -> list[Answer]:
        """The answer to each request, in order. Raises `BadRequest` for what makes no sense.

        A history without any known item is answered by what the listener's crowds play: the country's and the age group's where
        enough listeners are known, else what is trending, else what most play; where nobody has played anything, by nothing.
        """
        return [self._answer(request) for request in requests]

    def similar(self, item_ids: Sequence[str], n: int = 20, *, alike: bool = False) -> list[list[Recommendation]]:
        """The `n` items most like each of these; with `alike`, each with the groups of features the two share.

        Other versions of an item (of the same work) are left out.

        Raises `NotFound` for an id that is not in the snapshot.
        """
        if not isinstance(self.model, FindsSimilar):
            raise NotFound(f"model {self.model_name} does not know which items are alike: train another")
        if n < 1:
            raise BadRequest(f"n must be 1 or more, not {n!r}")
        asked = self.places(item_ids)
        if (asked < 0).any():
            missing = item_ids[int(np.argmax(asked < 0))]
            raise NotFound(f"no item {missing!r} in snapshot {self.manifest.name}")
        work = self.catalogue.facts.work
        versions = int(np.bincount(work)[work[asked]].max(initial=0))
        best = self.model.similar(asked, n + versions)
        answers = []
        for row, item in enumerate(asked):
            found = best.items[row]
            kept = (found >= 0) & (work[found] != work[item])
            chosen, likeness = found[kept][:n], best.scores[row][kept][:n]
            groups: Sequence[tuple[Shared, ...]] = [()] * len(chosen)
            if alike and self.features is not None:
                groups = shared(self.features, np.full(len(chosen), item), chosen)
            told = zip(self.described(chosen), likeness, groups, strict=True)
            answers.append(
                [
                    Recommendation(item_id, title, artists, float(score), self.model_name, alike=in_common)
                    for (item_id, title, artists), score, in_common in told
                ]
            )
        return answers

    # -- ids and names -----------------------------------------------------------------------------------------------

    def places(self, item_ids: Sequence[str]) -> np.ndarray:
        """The index of each item id, int64; -1 for what the snapshot does not have."""
        return self.ids.places(item_ids)

    def described(self, items: np.ndarray) -> list[tuple[str, str, tuple[str, ...]]]:
        """Id, title and artists of items by index, shape (n,)."""
        places = np.asarray(items, dtype=np.int64)
        told = zip(self.ids.names(places), self.names.titles_of(places), self.names.artists_of(places), strict=True)
        return list(told)

    def past(self, request: Request) -> Past:
        """The history of a request in items of the snapshot."""
        return self.asking.past(request)

    def ask(self, request: Request, before: Sequence[str] = ()) -> Ask:
        """A request in arrays; `before` is what was just played, the last last. Raises `BadRequest`."""
        return self.asking.ask(request, before)

    def matrix(self, pasts: Sequence[Past]) -> sparse.csr_array:
        """Histories as models take them, CSR float32, shape (n, n_items)."""
        sizes = np.cumsum([0, *(len(past.items) for past in pasts)])
        data = np.concatenate([np.zeros(0, np.float32), *(past.weights for past in pasts)])
        indices = np.concatenate([np.zeros(0, np.int32), *(past.items for past in pasts)])
        return sparse.csr_array((data, indices, sizes), shape=(len(pasts), len(self.ids)))

    # -- answers -----------------------------------------------------------------------------------------------------

    def _answer(self, request: Request, before: Sequence[str] = ()) -> Answer:
        ask = self.ask(request, before)
        page = self.pipeline.page(ask)
        owes = owed(page.scored, page.places) if page.scored is not None else [_NO_OWED] * len(page.items)
        named = [page.history[list(one.items)] for one in owes] if request.reasons else [page.history[:0] for _ in owes]
        told = self.described(np.concatenate([page.items, *named]).astype(np.int64))
        mine, others = told[: len(page.items)], iter(told[len(page.items) :])
        because = [
            tuple(Because(*next(others), share) for share in one.shares[: len(names)])
            for one, names in zip(owes, named, strict=True)
        ]
        reasons = self._reasons(ask, page, owes, because) if request.reasons else [()] * len(page.items)
        found = []
        for place, (item_id, title, artists) in enumerate(mine):
            drawn = float(page.propensities[place])
            sources = tuple(name for bit, name in enumerate(SOURCES) if page.bits[place] >> bit & 1)
            found.append(
                Recommendation(
                    item_id, title, artists, float(page.scores[place]), self._source(page, place, owes[place], drawn), sources,
                    tuple(reasons[place]), None if np.isnan(drawn) else drawn,
                )
            )  # fmt: skip
        return Answer(self.manifest.name, tuple(found))

    @staticmethod
    def _source(page: Page, place: int, one: Owed, drawn: float) -> str:
        if not np.isnan(drawn):
            return "exploration"
        if page.scored is None:
            return f"popularity ({page.crowds[place]})" if page.crowds[place] else "popularity"
        return page.scored.names[one.part]

    def _reasons(
        self, ask: Ask, page: Page, owes: Sequence[Owed], because: Sequence[tuple[Because, ...]]
    ) -> list[tuple[Reason, ...]]:
        drawn = np.isfinite(page.propensities).tolist()
        if page.scored is None:
            return self._crowd_reasons(page, drawn)
        facts = self.catalogue.facts
        played = ask.past.items[ask.past.plays > 0]
        own = set(facts.artist[played].tolist()) - {UNKNOWN}
        was_played, looked_for = set(played.tolist()), set(ask.past.items[ask.past.looked_for].tolist())
        artists = facts.artist[page.items]
        alike = self._players(page.community, page.items)
        found = []
        for place, (artist, bits) in enumerate(zip(artists.tolist(), page.bits.tolist(), strict=True)):
            reasons = [wording.explored()] if drawn[place] else []
            names, one = because[place], owes[place]
            if bits & NEW and artist >= 0:
                reasons.append(wording.new(facts.artist_names[artist], own=artist in own))
            if names:
                those, part = page.history[list(one.items)].tolist(), page.scored.names[one.part]
                words = self.sounds.alike(int(page.items[place]), those[0]) if part in wording.SOUNDS else ()
                verbs = {"played" if it in was_played else "looked for" if it in looked_for else "like" for it in those}
                reasons.append(wording.owes_to(names, part, verbs, words))
            if bits & RELATED and artist >= 0 and artist not in own:
                to = wording.closest_artist(self.catalogue, artist, np.array(sorted(own), dtype=np.int64))
                if to != UNKNOWN:
                    reasons.append(wording.related(facts.artist_names[artist], facts.artist_names[to]))
            if alike[place]:
                reasons.append(wording.listeners(alike[place]))
            found.append(tuple(reasons))
        return found

    def _crowd_reasons(self, page: Page, drawn: Sequence[bool]) -> list[tuple[Reason, ...]]:
        found: list[tuple[Reason, ...]] = []
        played = (self.catalogue.facts.popularity[page.items] > 0).tolist()
        for place, name in enumerate(page.crowds):
            why = wording.crowd(name) if name else wording.rest(played=played[place])
            found.append((wording.explored(), why) if drawn[place] else (why,))
        return found

    def _players(self, community: int, items: np.ndarray) -> list[int]:
        """How many of a community of taste play each item; 0 where too few to be told."""
        players = self.catalogue.crowds.players
        if community == UNKNOWN or not players.nnz:
            return [0] * len(items)
        start, end = players.indptr[community], players.indptr[community + 1]
        known = players.indices[start:end]
        place = np.minimum(np.searchsorted(known, items), max(len(known) - 1, 0))
        return (
            np.where(known[place] == items, players.data[start:end][place], 0).tolist()
            if len(known)
            else [0] * len(items)
        )


def _model_path(path: Path, manifest: Manifest, name: str) -> Path:
    if name == manifest.model:
        return path / "model"
    companions = path / "companions"
    there = sorted(each.name for each in companions.iterdir()) if companions.is_dir() else []
    if name not in there:
        known = ", ".join([manifest.model, *there])
        raise UnknownModel(f"snapshot {manifest.name} has no model {name!r}: it has {known}; train another (--model)")
    return companions / name

"""The Engine: a snapshot loaded for serving."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.snapshot import Manifest, Snapshots
from segue.errors import BadSnapshot, NotFound, UnknownModel
from segue.features.groups import ItemFeatures
from segue.features.likeness import Shared, shared
from segue.ranking.reasons import reasons_for
from segue.recommenders import storage
from segue.recommenders.base import FindsSimilar, Recommender
from segue.recommenders.topk import top_k

History = Mapping[str, float]
"""What one listener has played: weight (number of plays) per item id; below 0 counts against."""


@dataclass(frozen=True)
class Because:
    """A history item that a recommendation owes its place to; `share` is its part, 0 to 1."""

    item_id: str
    title: str
    artists: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Recommendation:
    """One recommended (or similar) item. `source` says what put it there: the model, or popularity.

    `because` names the plays a recommendation owes to; `alike`, what a similar item has in common with the one asked about.
    """

    item_id: str
    title: str
    artists: tuple[str, ...]
    score: float
    source: str
    because: tuple[Because, ...] = ()
    alike: tuple[Shared, ...] = ()


@dataclass(frozen=True, eq=False)
class Engine:
    """A snapshot loaded for serving: arrays are memory-mapped, so processes share them.

    Histories are mappings from item id to weight. Ids that the snapshot does not have are left out of them.
    """

    manifest: Manifest
    model_name: str
    model: Recommender
    popularity: Mapping[str, Recommender]
    items: pl.DataFrame
    features: ItemFeatures | None = None

    @classmethod
    def open(cls, directory: Path, name: str | None = None, model: str | None = None) -> Self:
        """Load a snapshot below `directory`: the current one, or the one named, with its own model or one that comes with it.

        Raises `BadSnapshot`; `UnknownModel` when the snapshot does not have the model asked for.
        """
        snapshots = Snapshots(directory)
        name = name or snapshots.current()
        path = snapshots.path(name)
        manifest = snapshots.manifest(name)
        try:
            items = pl.read_parquet(path / "items.parquet")
            labels = list(map(str, json.loads((path / "popularity.json").read_text())))
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise BadSnapshot(f"snapshot {name} is damaged: {str(error).splitlines()[0]}") from error
        popularity = {label: storage.load(path / "popularity" / str(number)) for number, label in enumerate(labels)}
        ids = items["item_id"].to_numpy().astype(object)
        features = ItemFeatures.load(path / "features", ids) if (path / "features").is_dir() else None
        chosen = model or manifest.model
        return cls(manifest, chosen, storage.load(_model_path(path, manifest, chosen)), popularity, items, features)

    @cached_property
    def index(self) -> dict[str, int]:
        """Column of each item id."""
        return {name: place for place, name in enumerate(self.items["item_id"])}

    def recommend(
        self,
        histories: Sequence[History],
        n: int = 20,
        *,
        exclude_played: bool = True,
        reasons: bool = True,
        segments: Sequence[str] = (),
    ) -> list[list[Recommendation]]:
        """The best `n` items for each history, best first, with what each owes to the history.

        With `exclude_played`, neither the items of the history nor other versions of them (of the same work).

        A history without any known item is answered by what is popular: in the first of `segments` ("country-SE",
        "age-20-29") of which enough listeners are known, else trending, else overall; where nobody has played anything, by nothing.
        """
        matrix = self.matrix(histories)
        scores = np.array(self.model.scores(matrix), dtype=np.float32)
        empty = np.diff(matrix.indptr) == 0
        fallback = self._fallback(segments)
        if empty.any():
            scores[empty] = self.popularity[fallback].scores(matrix[empty])
        best = top_k(scores, n, self._versions(matrix) if exclude_played else None)
        answers = []
        for row in range(len(histories)):
            nothing = empty[row] and not self.manifest.counts["pairs"]
            chosen = best.items[row][: 0 if nothing else None]
            chosen = chosen[chosen >= 0]
            source = f"popularity ({fallback})" if empty[row] else self.model_name
            why = reasons_for(self.model, sparse.csr_array(matrix[[row]]), chosen) if reasons else [() for _ in chosen]
            answers.append(
                [
                    self._recommendation(
                        int(item), float(score), source,
                        tuple(self._because(reason.item, reason.share) for reason in named),
                    )
                    for item, score, named in zip(chosen, best.scores[row], why, strict=False)
                ]
            )  # fmt: skip
        return answers

    def similar(self, item_ids: Sequence[str], n: int = 20, *, alike: bool = False) -> list[list[Recommendation]]:
        """The `n` items most like each of these; with `alike`, each with the groups of features the two share.

        Other versions of an item (of the same work) are left out.

        Raises `NotFound` for an id that is not in the snapshot.
        """
        if not isinstance(self.model, FindsSimilar):
            raise NotFound(f"model {self.model_name} does not know which items are alike: train another")
        unknown = [name for name in item_ids if name not in self.index]
        if unknown:
            raise NotFound(f"no item {unknown[0]!r} in snapshot {self.manifest.name}")
        asked = np.array([self.index[name] for name in item_ids])
        plays = (np.ones(len(asked), dtype=np.float32), asked, np.arange(len(asked) + 1))
        versions = self._versions(sparse.csr_array(plays, shape=(len(asked), self.items.height)))
        best = self.model.similar(asked, n + int(np.diff(versions.indptr).max(initial=0)))
        answers = []
        for row, item in enumerate(asked):
            found = best.items[row]
            kept = (found >= 0) & ~np.isin(found, versions.indices[versions.indptr[row] : versions.indptr[row + 1]])
            chosen, likeness = found[kept][:n], best.scores[row][kept][:n]
            groups: Sequence[tuple[Shared, ...]] = [()] * len(chosen)
            if alike and self.features is not None:
                groups = shared(self.features, np.full(len(chosen), item), chosen)
            answers.append(
                [
                    self._recommendation(int(other), float(score), self.model_name, alike=in_common)
                    for other, score, in_common in zip(chosen, likeness, groups, strict=True)
                ]
            )
        return answers

    def matrix(self, histories: Sequence[History]) -> sparse.csr_array:
        """Histories as CSR float32, shape (n, n_items); items that the snapshot does not have are left out."""
        rows, columns, weights = [], [], []
        for row, history in enumerate(histories):
            for name, weight in history.items():
                if name in self.index and weight:
                    rows.append(row)
                    columns.append(self.index[name])
                    weights.append(weight)
        entries = (np.array(weights, dtype=np.float32), (rows, columns))
        matrix = sparse.csr_array(sparse.coo_array(entries, shape=(len(histories), self.items.height)))
        matrix.sort_indices()
        return matrix

    @cached_property
    def _items_of_work(self) -> sparse.csr_array:
        """Which items are versions of which work, bool, shape (n_items, n_works); an item without a work is one by itself."""
        works = self.items["work_id"].fill_null(pl.lit("\0") + self.items["item_id"])
        code = works.rank("dense").to_numpy().astype(np.int64) - 1
        at = (np.arange(len(code)), code)
        ones = np.ones(len(code), dtype=np.float32)
        return sparse.csr_array(sparse.coo_array((ones, at), shape=(len(code), int(code.max(initial=-1)) + 1)))

    def _versions(self, histories: sparse.csr_array) -> sparse.csr_array:
        """The histories with every version of what is in them: only which entries there are says anything."""
        works = self._items_of_work
        played = sparse.csr_array(
            (np.ones(histories.nnz, np.float32), histories.indices, histories.indptr), histories.shape
        )
        versions = sparse.csr_array(played @ works @ works.T)
        versions.sort_indices()
        return versions

    def _fallback(self, segments: Sequence[str]) -> str:
        return next((name for name in (*segments, "trending") if name in self.popularity), "overall")

    def _recommendation(
        self, item: int, score: float, source: str, because: tuple[Because, ...] = (), alike: tuple[Shared, ...] = ()
    ) -> Recommendation:
        row = self.items.row(item, named=True)
        return Recommendation(row["item_id"], row["title"], tuple(row["artists"]), score, source, because, alike)

    def _because(self, item: int, share: float) -> Because:
        row = self.items.row(item, named=True)
        return Because(row["item_id"], row["title"], tuple(row["artists"]), share)


def _model_path(path: Path, manifest: Manifest, name: str) -> Path:
    if name == manifest.model:
        return path / "model"
    companions = path / "companions"
    there = sorted(each.name for each in companions.iterdir()) if companions.is_dir() else []
    if name not in there:
        known = ", ".join([manifest.model, *there])
        raise UnknownModel(f"snapshot {manifest.name} has no model {name!r}: it has {known}; train another (--model)")
    return companions / name

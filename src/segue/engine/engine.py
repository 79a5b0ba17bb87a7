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
from segue.errors import BadSnapshot, NotFound
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
    """One recommended (or similar) item. `source` says what put it there: the model, or popularity."""

    item_id: str
    title: str
    artists: tuple[str, ...]
    score: float
    source: str
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, eq=False)
class Engine:
    """A snapshot loaded for serving: arrays are memory-mapped, so processes share them.

    Histories are mappings from item id to weight. Ids that the snapshot does not have are left out of them.
    """

    manifest: Manifest
    model: Recommender
    popularity: Mapping[str, Recommender]
    items: pl.DataFrame

    @classmethod
    def open(cls, directory: Path, name: str | None = None) -> Self:
        """Load a snapshot below `directory`: the current one, or the one named. Raises `BadSnapshot`."""
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
        return cls(manifest, storage.load(path / "model"), popularity, items)

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

        A history without any known item is answered by what is popular: in the first of `segments` ("country-SE",
        "age-20-29") of which enough listeners are known, else trending, else overall.
        """
        matrix = self.matrix(histories)
        scores = np.array(self.model.scores(matrix), dtype=np.float32)
        empty = np.diff(matrix.indptr) == 0
        fallback = self._fallback(segments)
        if empty.any():
            scores[empty] = self.popularity[fallback].scores(matrix[empty])
        best = top_k(scores, n, matrix if exclude_played else None)
        answers = []
        for row in range(len(histories)):
            chosen = best.items[row][best.items[row] >= 0]
            source = f"popularity ({fallback})" if empty[row] else self.manifest.model
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

    def similar(self, item_ids: Sequence[str], n: int = 20) -> list[list[Recommendation]]:
        """The `n` items most like each of these. Raises `NotFound` for an id that is not in the snapshot."""
        if not isinstance(self.model, FindsSimilar):
            raise NotFound(f"model {self.manifest.model} does not know which items are alike: train another")
        unknown = [name for name in item_ids if name not in self.index]
        if unknown:
            raise NotFound(f"no item {unknown[0]!r} in snapshot {self.manifest.name}")
        best = self.model.similar(np.array([self.index[name] for name in item_ids]), n)
        return [
            [
                self._recommendation(int(item), float(score), self.manifest.model)
                for item, score in zip(best.items[row], best.scores[row], strict=True)
                if item >= 0
            ]
            for row in range(len(item_ids))
        ]

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

    def _fallback(self, segments: Sequence[str]) -> str:
        return next((name for name in (*segments, "trending") if name in self.popularity), "overall")

    def _recommendation(
        self, item: int, score: float, source: str, because: tuple[Because, ...] = ()
    ) -> Recommendation:
        row = self.items.row(item, named=True)
        return Recommendation(row["item_id"], row["title"], tuple(row["artists"]), score, source, because)

    def _because(self, item: int, share: float) -> Because:
        row = self.items.row(item, named=True)
        return Because(row["item_id"], row["title"], tuple(row["artists"]), share)

"""Groups of features: what one kind of knowledge says of each item, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from scipy import sparse

from segue.errors import BadSnapshot
from segue.library.arrays import load_array, load_csr, save_array, save_csr
from segue.library.interactions import Interactions

Kind = Literal["words", "credits", "numbers"]

WEIGHTS = {"numeric": 0.4, "facts": 0.4}
"""How much groups count in a comparison, where not 1: two numbers, or a word or two, are easily the same by chance."""

WORD_GROUPS = ("tags", "genres")
"""The words that say what an item is."""


@dataclass(frozen=True, eq=False)
class FeatureGroup:
    """One kind of feature: `matrix` is CSR float32, shape (n_items, n_features), named column by column.

    An item of which nothing is known has an empty row. `telling`, float32, shape (n_features,), is how much a feature
    tells when items are compared: the inverse document frequency of a word, 1 of a number.

    `kind` is "words" (ln(1 + how many gave the word)), "credits" (who made it, where it is: 1 each) or "numbers" (standard
    scores; a stored 0 is the mean, what is not stored is not known). `source` says which columns of which tables it is
    made from. Of numbers, `centre` and `spread`, shape (n_features,), are what they were scaled by.
    """

    name: str
    matrix: sparse.csr_array
    names: tuple[str, ...]
    telling: np.ndarray
    kind: Kind = "words"
    source: str = ""
    centre: np.ndarray | None = None
    spread: np.ndarray | None = None

    def raw(self, item: int) -> dict[str, float]:
        """What is known of an item in this group, by feature, in its own units (numbers) or as stored (words)."""
        row = sparse.csr_array(self.matrix[[item]])
        values = row.data.astype(np.float64)
        if self.centre is not None and self.spread is not None:
            values = self.centre[row.indices] + self.spread[row.indices] * values
        return {self.names[column]: float(value) for column, value in zip(row.indices, values, strict=True)}


@dataclass(frozen=True, eq=False)
class ItemFeatures:
    """What is known of each item, in named groups; rows stand in the order of `item_ids`.

    `remade` makes the features anew without what more pairs of a listener and an item would tell; None where listeners tell
    nothing.
    """

    item_ids: np.ndarray
    groups: tuple[FeatureGroup, ...]
    remade: Callable[[pl.DataFrame], ItemFeatures | None] | None = field(default=None, repr=False)

    def group(self, name: str) -> FeatureGroup | None:
        """The group of that name, or None."""
        return next((group for group in self.groups if group.name == name), None)

    @property
    def descriptions(self) -> tuple[FeatureGroup, ...]:
        """The groups that say what an item is like; not those that say only whose it is."""
        return tuple(group for group in self.groups if group.kind != "credits")

    def stacked(self, weights: Mapping[str, float] | None = None) -> sparse.csr_array:
        """The groups side by side, each scaled to rows of length 1 times its weight.

        Without `weights`, the descriptions, by `WEIGHTS`; with them, the groups they name. Shape (n_items, n_features of
        all groups): the dot product of two rows is the sum of the groups' cosines, each times its weight squared. Shape
        (n_items, 0) when there are none.
        """
        if weights is None:
            weights = {group.name: WEIGHTS.get(group.name, 1.0) for group in self.descriptions}
        parts = [
            unit_rows(group.matrix) * np.float32(weights[group.name]) for group in self.groups if group.name in weights
        ]
        if not parts:
            return sparse.csr_array((len(self.item_ids), 0), dtype=np.float32)
        return sparse.csr_array(sparse.hstack(parts, format="csr"))

    def items(self, rows: np.ndarray) -> ItemFeatures:
        """Only these items (indices), in this order."""
        kept = tuple(_with_rows(group, sparse.csr_array(group.matrix[rows])) for group in self.groups)
        return ItemFeatures(self.item_ids[rows], kept, self._then(lambda features: features.items(rows)))

    def only(self, names: tuple[str, ...]) -> ItemFeatures:
        """Only the groups of these names."""
        kept = tuple(group for group in self.groups if group.name in names)
        return ItemFeatures(self.item_ids, kept, self._then(lambda features: features.only(names)))

    def without(self, interactions: Interactions, hidden: sparse.csr_array) -> ItemFeatures | None:
        """The features as they would be if nobody knew of the pairs `hidden`, of the shape of the interactions.

        What is tuned on pairs it hides must not see what their listeners said of them. None when nothing is left.
        """
        if self.remade is None:
            return self
        entries = sparse.coo_array(hidden)
        pairs = {
            "listener_id": pl.Series(interactions.listener_ids, dtype=pl.String).gather(entries.row),
            "item_id": pl.Series(interactions.item_ids, dtype=pl.String).gather(entries.col),
        }
        return self.remade(pl.DataFrame(pairs))

    def _then(
        self, change: Callable[[ItemFeatures], ItemFeatures]
    ) -> Callable[[pl.DataFrame], ItemFeatures | None] | None:
        remade = self.remade
        if remade is None:
            return None

        def changed(pairs: pl.DataFrame) -> ItemFeatures | None:
            features = remade(pairs)
            return None if features is None else change(features)

        return changed

    def save(self, path: Path) -> None:
        """Write into a new directory, as `.npy` files and JSON; the ids are the caller's to keep."""
        path.mkdir(parents=True)
        document = []
        for number, group in enumerate(self.groups):
            save_csr(group.matrix, path, str(number))
            save_array(group.telling, path, f"{number}.telling")
            if group.centre is not None and group.spread is not None:
                save_array(np.stack([group.centre, group.spread]), path, f"{number}.scale")
            document.append(
                {"name": group.name, "kind": group.kind, "source": group.source, "names": group.names,
                 "shape": group.matrix.shape, "scaled": group.centre is not None}
            )  # fmt: skip
        (path / "groups.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, item_ids: np.ndarray) -> ItemFeatures:
        """What `save` wrote, memory-mapped. Raises `BadSnapshot` when it is damaged."""
        try:
            document = json.loads((path / "groups.json").read_text(encoding="utf-8"))
            groups = []
            for number, stored in enumerate(document):
                rows, columns = stored["shape"]
                scale = load_array(path, f"{number}.scale") if stored["scaled"] else (None, None)
                groups.append(
                    FeatureGroup(
                        stored["name"], load_csr(path, str(number), (rows, columns)), tuple(stored["names"]),
                        load_array(path, f"{number}.telling"), stored["kind"], stored["source"], scale[0], scale[1],
                    )
                )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise BadSnapshot(f"{path} does not hold features this version can read: {error!r}") from error
        return cls(item_ids, tuple(groups))


def scale_columns(matrix: sparse.csr_array, scale: np.ndarray) -> sparse.csr_array:
    """Each column times its number in `scale`, shape (n_columns,)."""
    data = matrix.data * np.asarray(scale)[matrix.indices]
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Each row divided by its Euclidean length; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    rows = np.repeat(length, np.diff(matrix.indptr))
    data = np.divide(matrix.data, rows, out=np.zeros_like(matrix.data), where=rows > 0)
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def _with_rows(group: FeatureGroup, matrix: sparse.csr_array) -> FeatureGroup:
    return FeatureGroup(
        group.name, matrix, group.names, group.telling, group.kind, group.source, group.centre, group.spread
    )

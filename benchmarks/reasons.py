"""Whether the reasons are true: the named items, beside what each part of the model says with history items left out.

For random listeners of the demo world and of Last.fm-2K, on a default request for ten. Each recommendation whose reason names items
is checked against the parts of the saved model itself, which share no code with serving: the part that is named must add most to
the blend's score, and the named items must be those that give most to that part's score, in order. What an item gives is known in
two ways: the terms of the sum, which for the linear parts are exact; and how far the part's score falls when the item is taken out
of the history. For ALS, which solves a regression anew, the two are not the same.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.measure import data_folder, each_set
from segue import sources
from segue.demo import world
from segue.engine import Engine, Request, Snapshots, train
from segue.engine.histories import histories_of
from segue.library import Library
from segue.ranking.past import Past
from segue.ranking.pipeline import Page
from segue.ranking.reasons import Owed, owed
from segue.recommenders.base import Explains
from segue.recommenders.blending import spread
from segue.recommenders.hybrid import Hybrid

NEEDS_DATA = True
REQUESTS = 1_000
N = 10
SEED = 0
NEARLY = 1e-3
"""Two amounts that differ by less than this, of the larger, count as equal: scores are float32."""
NAMED = ("demo", "lastfm-2k")


class Parts:
    """The parts of a hybrid by name, each over the items it knows."""

    def __init__(self, model: Hybrid) -> None:
        self.model = model
        self.n_items = len(model.played) + len(model.unplayed)
        self.by_name: dict[str, Any] = dict(zip(model.names, model.parts, strict=True))
        self.shares = dict(zip(model.names, model.weights, strict=True))
        self.place = np.full(self.n_items, -1)
        self.place[model.played] = np.arange(len(model.played))

    def known(self, name: str, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A history in the items of a part: which places of it the part knows, and the items there."""
        if name == "newcomers":
            return np.arange(len(items)), items
        places = self.place[items]
        return np.flatnonzero(places >= 0), places[places >= 0]

    def part(self, name: str) -> Any:
        return self.model.ridge if name == "newcomers" else self.by_name[name]

    def at(self, name: str, item: int) -> int:
        """An item as the part counts them."""
        return item if name == "newcomers" else int(self.place[item])

    def row(self, name: str, items: np.ndarray, weights: np.ndarray) -> sparse.csr_array:
        width = self.n_items if name == "newcomers" else len(self.model.played)
        return sparse.csr_array((weights.astype(np.float32), items, np.array([0, len(items)])), shape=(1, width))

    def without_each(self, name: str, items: np.ndarray, weights: np.ndarray) -> sparse.csr_array:
        """The history, and below it the history without each of its items."""
        whole = self.row(name, items, weights)
        n = len(items)
        stacked = sparse.csr_array(sparse.vstack([whole] * (n + 1), format="csr"))
        kept = np.ones((n + 1, n), dtype=np.bool_)
        kept[np.arange(1, n + 1), np.arange(n)] = False
        chosen = kept.ravel()
        ends = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
        return sparse.csr_array((stacked.data[chosen], stacked.indices[chosen], ends), shape=stacked.shape)


def worths(parts: Parts, past: Past, items: np.ndarray) -> list[dict[str, float]]:
    """What each part adds to the blend's score of each item, by the scores of all items."""
    says = past.weights != 0
    worth = {}
    for name, share in parts.shares.items():
        known, own = parts.known(name, past.items[says])
        scores = parts.part(name).scores(parts.row(name, own, past.weights[says][known]))
        worth[name] = scores[0] * (share / float(spread(scores)[0]))
    places = [int(parts.place[item]) for item in items]
    return [
        {name: float(one[place]) for name, one in worth.items()} if place >= 0 else {"newcomers": 1.0}
        for place in places
    ]


def checked(parts: Parts, past: Past, page: Page, owes: list[Owed]) -> list[dict[str, Any]]:
    """One record for each recommendation whose reason names items."""
    assert page.scored is not None
    names = page.scored.names
    truly = worths(parts, past, page.items)
    says = past.weights != 0
    items, weights = past.items[says], past.weights[says]
    falls: dict[str, np.ndarray] = {}
    found = []
    for place, one in enumerate(owes):
        if not one.items:
            continue
        name = names[one.part]
        known, own = parts.known(name, items)
        if name not in falls:
            scores = parts.part(name).scores(parts.without_each(name, own, weights[known])).astype(np.float64)
            falls[name] = scores[0] - scores[1:]
        item = parts.at(name, int(page.items[place]))
        terms = _terms(parts, name, own, weights[known], item)
        at = {history: row for row, history in enumerate(known.tolist())}
        told = [at[history] for history in one.items]
        found.append(_record(name, truly[place], terms, falls[name][:, item], told, one))
    return found


def _terms(parts: Parts, name: str, items: np.ndarray, weights: np.ndarray, item: int) -> np.ndarray:
    """What the part itself says that each history item gives, in the order of the history."""
    part = parts.part(name)
    assert isinstance(part, Explains)
    given = part.contributions(parts.row(name, items, weights), item)
    terms = np.zeros(len(items))
    terms[np.searchsorted(items, given.items)] = given.amounts
    return terms


def _record(
    name: str, worth: dict[str, float], terms: np.ndarray, fall: np.ndarray, told: list[int], one: Owed
) -> dict[str, Any]:
    first, stated = told[0], one.amounts[0]
    positive = np.maximum(terms, 0).sum()
    return {
        "part": name,
        "leads": worth[name] == max(worth.values()),
        "behind": 1 - worth[name] / max(worth.values()),
        "top": _are_top(terms, told),
        "top by fall": _are_top(fall, told),
        "first by fall": bool(fall[first] >= fall.max() * (1 - NEARLY)),
        "fall error": abs(fall[first] - stated) / stated,
        "amount error": max(abs(terms[told] - np.array(one.amounts))) / stated,
        "share error": abs(terms[first] / positive - one.shares[0]),
        "stated": stated,
        "fall": fall[first],
        "correlation": float(np.corrcoef(terms, fall)[0, 1]) if len(terms) > 2 else float("nan"),
    }


def _are_top(amounts: np.ndarray, told: list[int]) -> bool:
    """Whether these are the largest amounts, in order; equal ones may stand in any."""
    given = amounts[told]
    best = np.sort(amounts)[::-1][: len(told)]
    return bool((given >= best - NEARLY * np.abs(best).max()).all())


def summed(name: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each part."""
    by_part: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        by_part[record["part"]].append(record)
    rows = []
    for part, own in sorted(by_part.items()):
        column = {key: np.array([one[key] for one in own]) for key in own[0] if key != "part"}
        rows.append({
            "set": name, "part": part, "reasons": len(own),
            "part leads": float(column["leads"].mean()),
            "behind, max": float(column["behind"].max()),
            "named are top": float(column["top"].mean()),
            "top by leaving out": float(column["top by fall"].mean()),
            "first by leaving out": float(column["first by fall"].mean()),
            "amount error, max": float(column["amount error"].max()),
            "share error, max": float(column["share error"].max()),
            "fall error, median": float(np.median(column["fall error"])),
            "fall error, max": float(column["fall error"].max()),
            "fall ~ stated": float(np.corrcoef(column["stated"], column["fall"])[0, 1]) if len(own) > 2 else None,
            "within ~": float(np.nanmean(column["correlation"])),
        })  # fmt: skip
    return rows


def asked(library: Library, home: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Records of the recommendations to random listeners, and how many recommendations name nothing."""
    train(library, Snapshots(home), signal="listens", measure=False, progress=lambda text: print(text, flush=True))
    engine = Engine.open(home)
    assert isinstance(engine.model, Hybrid)
    parts = Parts(engine.model)
    rng = np.random.default_rng(SEED)
    everybody = library.listens["listener_id"].unique().cast(str).sort().to_list()
    chosen = rng.permutation(len(everybody))[:REQUESTS]
    ids = [everybody[one] for one in chosen]
    records: list[dict[str, Any]] = []
    total = silent = 0
    for history in histories_of(ids, library, engine.manifest.level, engine.manifest.until_ms):
        request = Request(history, n=N)
        ask = engine.ask(request)
        page = engine.pipeline.page(ask)
        if page.scored is None:
            continue
        owes = owed(page.scored, page.places)
        _as_answered(engine, request, page, owes)
        total += len(page.items)
        silent += sum(not one.items for one in owes)
        records += checked(parts, ask.past, page, owes)
    return records, {"requests": len(ids), "recommendations": total, "recommendations that name nothing": silent}


def _as_answered(engine: Engine, request: Request, page: Page, owes: list[Owed]) -> None:
    """What is checked is what the engine answers."""
    assert page.scored is not None
    [answer] = engine.recommend([request])
    for one, owes_to in zip(answer.recommendations, owes, strict=True):
        named = [because.item_id for because in one.because]
        assert named == engine.ids.names(page.history[list(owes_to.items)]), (named, owes_to)
        models = {reason.model for reason in one.reasons if reason.because}
        assert models <= {page.scored.names[owes_to.part]}, models


def measured_set(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of one data set, and what was counted."""
    library = world(seed=1, scale=1.0) if name == "demo" else sources.read([data_folder(name)]).library
    with tempfile.TemporaryDirectory() as folder:
        records, counts = asked(library, Path(folder))
    return summed(name, records), dict(counts)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    each_set(__doc__, "Whether the reasons are true", NAMED, measured_set, arguments)


if __name__ == "__main__":
    main()

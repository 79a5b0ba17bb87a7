"""Artists that have to do with an artist, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from scipy import sparse

from segue.engine.engine import Engine
from segue.engine.request import Reason, Recommendation
from segue.errors import NotFound
from segue.features.metadata import collaborations
from segue.library.library import Library
from segue.ranking.catalogue import Catalogue

RELATED = 0.5
"""How much `Relations` counts beside the likeness of the artists' music."""
ALIKE = 0.5
"""From this cosine on, artists are said to sound alike."""
_CANDIDATES = 200


@dataclass(frozen=True)
class RelatedArtist:
    """One related artist.

    Attributes:
        artist_id, name: who.
        score: 0 to 1.
        reasons: why, the strongest first; never how many listeners are behind it.
        best: their track that most listeners play (or what the items are); None where the snapshot has none.
    """

    artist_id: str
    name: str
    score: float
    reasons: tuple[Reason, ...]
    best: Recommendation | None


def related_artists(
    artist_ids: Sequence[str], engine: Engine, n: int = 20, library: Library | None = None
) -> list[tuple[RelatedArtist, ...]]:
    """The `n` artists that have most to do with each of these, those with most to do first.

    The score is half `Relations.related` (what sources say, shared credits, listeners in common) and half the cosine of the means
    of the artists' items in `Space.vectors`, where above 0. With a `library`, reasons say who worked together and who is said to be
    similar, and by which source; what nobody says is then owed to the listeners.

    Raises `NotFound` for an artist whom the snapshot does not have.
    """
    places = engine.asking.codes.artists(artist_ids)
    if len(places) < len(artist_ids):
        known = {engine.catalogue.facts.artist_ids[place] for place in places}
        missing = next(one for one in artist_ids if one not in known)
        raise NotFound(f"no artist {missing!r} in snapshot {engine.manifest.name}")
    said = {} if library is None else _said(artist_ids, library)
    return [_related(int(place), engine, n, None if library is None else said) for place in places]


def artist_vectors(catalogue: Catalogue) -> np.ndarray:
    """The mean of each artist's items, by log(1 + listeners), in `Space.vectors`: float32 (n_artists, d), of length 1 or 0."""
    own = catalogue.facts.items_of_artist
    weights = sparse.csr_array(
        (1 + np.log1p(np.maximum(own.data, 0)), own.indices, own.indptr), shape=own.shape, dtype=np.float32
    )
    means = np.asarray(weights @ np.asarray(catalogue.space.vectors))
    length = np.linalg.norm(means, axis=1, keepdims=True)
    return np.divide(means, length, out=np.zeros_like(means), where=length > 0)


_vectors: WeakKeyDictionary[Engine, np.ndarray] = WeakKeyDictionary()


def _vectors_of(engine: Engine) -> np.ndarray:
    """`artist_vectors`, made once for each engine."""
    found = _vectors.get(engine)
    if found is None:
        found = _vectors[engine] = artist_vectors(engine.catalogue)
    return found


def _related(
    artist: int, engine: Engine, n: int, said: dict[tuple[str, str], list[Reason]] | None
) -> tuple[RelatedArtist, ...]:
    facts, matrix = engine.catalogue.facts, engine.catalogue.relations.related
    vectors = _vectors_of(engine)
    related = np.zeros(len(facts.artist_ids), dtype=np.float32)
    start, end = matrix.indptr[artist], matrix.indptr[artist + 1]
    related[matrix.indices[start:end]] = matrix.data[start:end]
    alike = vectors @ vectors[artist]
    score = RELATED * related + (1 - RELATED) * np.maximum(alike, 0)
    score[artist] = 0
    best = np.lexsort((np.arange(len(score)), -score))[:n] if len(score) <= _CANDIDATES else _best(score, n)
    chosen = best[score[best] > 0]
    first = [_first_item(facts.items_of_artist, one) for one in chosen.tolist()]
    told = iter(engine.described(np.array([item for item in first if item is not None], dtype=np.int64)))
    own_name, own_id = facts.artist_names[artist], facts.artist_ids[artist]
    found = []
    for one, item in zip(chosen.tolist(), first, strict=True):
        reasons = list((said or {}).get((own_id, facts.artist_ids[one]), []))
        if related[one] > 0 and not reasons:
            reasons.append(_by_elimination(own_name, by_listeners=said is not None))
        if alike[one] >= ALIKE:
            reasons.append(Reason("sounds", f"much like {own_name} in sound and in who listens"))
        if not reasons:
            reasons.append(Reason("sounds", f"somewhat like {own_name} in sound and in who listens"))
        track = None if item is None else Recommendation(*next(told), float(facts.popularity[item]), "popularity")
        found.append(
            RelatedArtist(facts.artist_ids[one], facts.artist_names[one], float(score[one]), tuple(reasons), track)
        )
    return tuple(found)


def _best(score: np.ndarray, n: int) -> np.ndarray:
    """The places of the `n` largest, the largest first, equal ones by place."""
    least = np.partition(score, len(score) - min(n, len(score)))[len(score) - min(n, len(score))]
    near = np.flatnonzero(score >= least)
    return near[np.lexsort((near, -score[near]))][:n]


def _first_item(items_of_artist: sparse.csr_array, artist: int) -> int | None:
    start, end = items_of_artist.indptr[artist], items_of_artist.indptr[artist + 1]
    return int(items_of_artist.indices[start]) if end > start else None


def _by_elimination(name: str, *, by_listeners: bool) -> Reason:
    """Why artists have to do with each other whom no source puts together: their listeners do."""
    if by_listeners:
        return Reason("listeners", f"played by the listeners of {name}")
    return Reason("related", f"has to do with {name}: they worked together, share listeners, or are said to be similar")


def _said(artist_ids: Sequence[str], library: Library) -> dict[tuple[str, str], list[Reason]]:
    """What the library says of these artists and others, in both directions."""
    asked = pl.Series(artist_ids, dtype=pl.String).implode()
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    found: dict[tuple[str, str], list[Reason]] = {}
    together = collaborations(library).filter(pl.col("artist_id").is_in(asked) & (pl.col("tracks") > 0))
    for one, other, tracks in together.iter_rows():
        on = f"on {tracks} tracks" if tracks > 1 else "on a track"
        found.setdefault((one, other), []).append(Reason("related", f"worked with {names.get(one, one)} {on}"))
    either = pl.col("artist_id").is_in(asked) | pl.col("other_artist_id").is_in(asked)
    stated = library.relations.filter(either).sort("strength", descending=True, nulls_last=True, maintain_order=True)
    for one, other, kind, source in stated.select("artist_id", "other_artist_id", "kind", "source").iter_rows():
        for asked_for, its in ((one, other), (other, one)):
            reason = _stated(names.get(asked_for, asked_for), kind, source, is_member=its == one)
            reasons = found.setdefault((asked_for, its), [])
            if reason not in reasons:
                reasons.append(reason)
    return found


def _stated(name: str, kind: str, source: str | None, *, is_member: bool) -> Reason:
    by = f", says {source}" if source else ""
    text = {
        "member": f"a member of {name}" if is_member else f"{name} is a member",
        "collaboration": f"works with {name}",
        "similar": f"said to be similar to {name}",
    }.get(kind, f"has to do with {name}")
    return Reason("related", text + by)

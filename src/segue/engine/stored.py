"""What a snapshot holds beside its models: the catalogue's arrays, ids, the ranker and the sequence model."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from segue.engine.ids import Ids
from segue.engine.names import Names
from segue.errors import BadSnapshot
from segue.library.records import load_record, save_record
from segue.ranking.catalogue import Catalogue, Crowds, Facts, Moments, Relations, Space
from segue.ranking.ranker import Ranker
from segue.ranking.sequence import SequenceModel

_KINDS = {"facts": Facts, "space": Space, "relations": Relations, "crowds": Crowds, "moments": Moments}


def save_catalogue(ids: Ids, names: Names, catalogue: Catalogue, path: Path) -> None:
    """Write into a snapshot's directory."""
    save_record(ids, path / "ids")
    save_record(names, path / "names")
    for field in fields(catalogue):
        save_record(getattr(catalogue, field.name), path / "catalogue" / field.name)


def load_catalogue(path: Path) -> tuple[Ids, Names, Catalogue]:
    """What `save_catalogue` wrote. Raises `BadSnapshot` when it is damaged, or not of the same items throughout."""
    ids, names = load_record(Ids, path / "ids"), load_record(Names, path / "names")
    catalogue = Catalogue(**{name: load_record(kind, path / "catalogue" / name) for name, kind in _KINDS.items()})
    _check(len(ids), names, catalogue, path)
    return ids, names, catalogue


def load_ranker(path: Path) -> Ranker | None:
    """The ranker, or None where it stayed off."""
    return Ranker.load(path / "ranker") if (path / "ranker").is_dir() else None


def save_sequence(sequence: SequenceModel, path: Path) -> None:
    """Write into a snapshot's directory, without the items' vectors, which the catalogue has."""
    save_record(replace(sequence, vectors=sequence.vectors[:, :0]), path / "sequence")


def load_sequence(path: Path, vectors: np.ndarray) -> SequenceModel | None:
    """The sequence model, or None where nothing was known of what follows what."""
    if not (path / "sequence").is_dir():
        return None
    sequence = load_record(SequenceModel, path / "sequence")
    if len(sequence.popularity) != len(vectors) or sequence.near.shape[0] != len(vectors):
        raise BadSnapshot(f"{path / 'sequence'} is damaged: it is of other items; train again")
    return replace(sequence, vectors=vectors)


def _check(n_items: int, names: Names, catalogue: Catalogue, path: Path) -> None:
    """Native code trusts these without looking again."""
    facts, space, relations, crowds = catalogue.facts, catalogue.space, catalogue.relations, catalogue.crowds
    n_artists, n_groups = len(facts.artist_ids), len(crowds.names)
    per_item = [facts.artist, facts.release, facts.work, facts.day, facts.to_the_day, facts.explicit, facts.language, facts.audio,
                facts.popularity, facts.rank, facts.artist_rank, space.vectors, catalogue.moments.hours,
                catalogue.moments.months]  # fmt: skip
    right = (
        len(names) == n_items
        and all(len(array) == n_items for array in per_item)
        and facts.genres.shape == (n_items, len(facts.genre_names))
        and facts.credited.shape == (n_items, len(facts.credited_ids))
        and facts.items_of_artist.shape == (n_artists, n_items)
        and space.near.shape == (n_items, n_items)
        and relations.related.shape == (n_artists, n_artists)
        and crowds.top.shape == (n_groups, n_items)
        and crowds.players.shape == (len(crowds.centroids), n_items)
        and _within(facts.artist, -1, n_artists)
        and _within(facts.release, -1, len(facts.release_ids))
        and _within(facts.work, 0, max(n_items, 1))
    )
    if not right:
        raise BadSnapshot(f"{path} is damaged: its tables are not of the same {n_items:,} items; train again")


def _within(codes: np.ndarray, lowest: int, end: int) -> bool:
    return not len(codes) or bool(codes.min() >= lowest and codes.max() < end)

"""What belongs together: clusters with names, and maps of tracks, artists and genres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from segue.errors import NotEnoughData
from segue.exploring.genres import membership
from segue.exploring.report import Recipe
from segue.exploring.shapes import Card, Cards, Line, Lines, Points, Shape, numbers
from segue.exploring.vectors import FEWEST, Vectors, rows_of, vectors_of
from segue.exploring.view import View
from segue.exploring.wording import counted, named, percent, plain
from segue.features.clusters import ClusterDescription, Clustering, cluster, describe, genre_vectors
from segue.features.maps import project
from segue.library.interactions import Level

CANDIDATES = (4, 5, 6, 7, 8, 9, 10, 12)
"""Fewer clusters say nothing of music, more cannot be told apart on a map."""
MAPPED: dict[Level, int] = {"track": 3_000, "artist": 2_000}
GENRES = 150
GENRE_CANDIDATES = (3, 4, 5, 6, 7, 8)
FEWEST_OF_GENRE = 5


@dataclass(frozen=True, eq=False)
class Grouped:
    """Items with their vectors, clusters, and the clusters' descriptions."""

    vectors: Vectors
    clustering: Clustering
    descriptions: tuple[ClusterDescription, ...]


def grouped(view: View, level: Level) -> Grouped:
    """The clusters of one level, made once a view."""
    return view.once(("grouped", level), lambda: _grouped(view, level))


def _grouped(view: View, level: Level) -> Grouped:
    vectors = vectors_of(view, level)
    clustering = cluster(vectors.values, candidates=CANDIDATES, seed=view.seed)
    descriptions = describe(clustering, vectors.measures, vectors.words)
    if vectors.measures is None and vectors.words is None:  # nothing but an example tells such clusters apart
        first = view.labels(level, vectors.ids[[one.representatives[0] for one in descriptions]].tolist())
        descriptions = tuple(replace(one, name=f"like {name}") for one, name in zip(descriptions, first, strict=True))
    return Grouped(vectors, clustering, descriptions)


def track_clusters(view: View) -> tuple[str, str, Shape]:
    """The clusters of tracks, described."""
    return _cards(view, "track")


def artist_clusters(view: View) -> tuple[str, str, Shape]:
    """The clusters of artists, described."""
    return _cards(view, "artist")


def silhouettes(view: View) -> tuple[str, str, Shape]:
    """The mean silhouette of each number of clusters tried."""
    lines, told = [], []
    for level in (level for level in view.levels if level in MAPPED):
        try:
            scores = grouped(view, level).clustering.silhouettes
        except NotEnoughData:
            continue
        lines.append(Line(view.nouns(level), tuple(scores), numbers(scores.values(), 3)))
        best = max(scores, key=lambda number: scores[number])
        most = ", the most that were tried" if best == max(scores) else ""
        told.append(
            f"{view.nouns(level)} fall best into {best} clusters{most} (mean silhouette {scores[best]:.2f}, {_clear(scores[best])})"
        )
    if not lines:
        raise NotEnoughData("nothing could be clustered")
    text = "; ".join(told)
    return (
        f"{text[0].upper()}{text[1:]}.",
        "mean silhouette",
        Lines(tuple(lines), "clusters", "mean silhouette, 1 is best"),
    )


def track_map(view: View) -> tuple[str, str, Shape]:
    """Tracks by t-SNE, a random sample of them."""
    return _map(view, "track")


def artist_map(view: View) -> tuple[str, str, Shape]:
    """Artists by t-SNE, the most played of them."""
    return _map(view, "artist")


def genre_map(view: View) -> tuple[str, str, Shape]:
    """Genres (or free words) as the mean of their items, by t-SNE, in clusters of their own."""
    level, made = _levels_grouped(view)[0]
    ids, matrix, names = membership(view, level)
    matrix = rows_of(ids, matrix, made.vectors.ids)
    counts = np.bincount(matrix.indices, minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:GENRES]
    order = order[counts[order] >= FEWEST_OF_GENRE]
    if len(order) < FEWEST:
        raise NotEnoughData(f"fewer than {FEWEST} genres have {FEWEST_OF_GENRE} {view.nouns(level)}")
    vectors = genre_vectors(made.vectors.values, matrix[:, order])
    clustering = cluster(vectors, candidates=GENRE_CANDIDATES, seed=view.seed)
    plane = project(vectors, "tsne", seed=view.seed, perplexity=12)
    chosen = [names[place] for place in order]
    groups = tuple(_named_by_first(clustering, label, chosen) for label in range(clustering.k))
    one, other = _closest(vectors)
    finding = (
        f"The {len(order)} commonest of {len(names):,} genres and words, each at the mean of its {view.nouns(level)}, fall into "
        f"{clustering.k} groups; closest to each other are {named(chosen[one])} and {named(chosen[other])}."
    )
    texts = [f"{name} ({counted(counts[place], view.noun(level))})" for name, place in zip(chosen, order, strict=True)]
    return finding, view.nouns(level), _points(plane, texts, clustering.labels, groups, names=tuple(chosen))


def _levels_grouped(view: View) -> list[tuple[Level, Grouped]]:
    """The levels whose items have words and clusters. Raises `NotEnoughData` with the last reason when there is none."""
    found: list[tuple[Level, Grouped]] = []
    lack = NotEnoughData("nothing has a genre or a tag")
    for level in (level for level in view.levels if level in MAPPED):
        try:
            membership(view, level)
            found.append((level, grouped(view, level)))
        except NotEnoughData as why:
            lack = why
    if not found:
        raise lack
    return found


def _cards(view: View, level: Level) -> tuple[str, str, Shape]:
    made = grouped(view, level)
    cards = []
    for number, one in enumerate(made.descriptions, 1):
        nearest = view.labels(level, made.vectors.ids[list(one.representatives)].tolist())
        lines = [("Said of it", ", ".join(f"{word.word} (x{word.lift:.1f})" for word in one.words[:6]))]
        strong = sorted(one.features, key=lambda mean: -abs(mean.z))[:4]
        lines.append(("Sounds", ", ".join(f"{mean.feature} {plain(mean.mean)} ({mean.z:+.1f} sd)" for mean in strong)))
        lines.append(("Typical", "; ".join(nearest[:4])))
        share = one.size / len(made.vectors.ids)
        note = f"{counted(one.size, view.noun(level))}, {percent(share)}"
        cards.append(Card(f"{number}. {one.name}", note, tuple(line for line in lines if line[1])))
    largest = made.descriptions[0]
    finding = (
        f"{counted(len(made.vectors.ids), view.noun(level))} in {made.clustering.k} clusters by {made.vectors.basis}; the largest, "
        f"“{named(largest.name)}”, has {percent(largest.size / len(made.vectors.ids))}."
    )
    return finding, view.nouns(level), Cards(tuple(cards))


def _map(view: View, level: Level) -> tuple[str, str, Shape]:
    made = grouped(view, level)
    chosen = _chosen(view, level, made.vectors)
    plane = project(made.vectors.values[chosen], "tsne", seed=view.seed)
    labels = made.clustering.labels[chosen]
    names = view.labels(level, made.vectors.ids[chosen].tolist())
    groups = tuple(one.name for one in made.descriptions)
    how = "a random sample of" if level == "track" else "the most played of"
    some = f"{len(chosen):,} {view.nouns(level)}"
    if len(chosen) < len(made.vectors.ids):
        some += f", {how} {len(made.vectors.ids):,}"
    finding = (
        f"{some}: those that lie close together are alike by {made.vectors.basis}; {percent(_kept(plane, labels))} of the "
        "nearest neighbours on the map share a cluster."
    )
    return finding, view.nouns(level), _points(plane, names, labels, groups)


def _chosen(view: View, level: Level, vectors: Vectors) -> np.ndarray:
    """Rows to map: a random sample of tracks, the most played artists (or those first by id)."""
    if level == "track":
        return np.sort(np.random.default_rng(view.seed).permutation(len(vectors.ids))[: MAPPED["track"]])
    try:
        heard = view.heard.get(level)
    except NotEnoughData:
        heard = None
    if heard is None:
        return np.arange(min(len(vectors.ids), MAPPED["artist"]))
    plays = dict(zip(heard.interactions.item_ids.tolist(), heard.plays.tolist(), strict=True))
    amounts = np.array([plays.get(one, 0.0) for one in vectors.ids])
    return np.sort(np.argsort(-amounts, kind="stable")[: MAPPED["artist"]])


def _points(
    plane: np.ndarray, texts: list[str], labels: np.ndarray, groups: tuple[str, ...], names: tuple[str, ...] = ()
) -> Points:
    x, y = numbers(plane[:, 0], 4), numbers(plane[:, 1], 4)
    return Points(x, y, tuple(texts), tuple(map(int, labels)), groups, names)


def _kept(plane: np.ndarray, labels: np.ndarray) -> float:
    """The share of points whose nearest neighbour on the plane is in the same cluster."""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

    nearest = NearestNeighbors(n_neighbors=2).fit(plane).kneighbors(plane, return_distance=False)[:, 1]
    return float((labels[nearest] == labels).mean())


def _named_by_first(clustering: Clustering, label: int, names: list[str]) -> str:
    """A group of genres, called by the three of them nearest its centre."""
    members = np.flatnonzero(clustering.labels == label)
    return ", ".join(names[place] for place in members[np.argsort(clustering.distances[members], kind="stable")][:3])


def _closest(vectors: np.ndarray) -> tuple[int, int]:
    distances = np.linalg.norm(vectors[:, np.newaxis] - vectors[np.newaxis], axis=2)
    np.fill_diagonal(distances, np.inf)
    one, other = np.unravel_index(distances.argmin(), distances.shape)
    return int(one), int(other)


def _clear(silhouette: float) -> str:
    """What a mean silhouette means, after Kaufman & Rousseeuw (1990)."""
    if silhouette > 0.5:
        return "clearly apart"
    return "weakly apart" if silhouette > 0.25 else "running into each other"


RECIPES = (
    Recipe("track-clusters", "Clusters of tracks", track_clusters, "track"),
    Recipe("track-map", "Map of tracks", track_map, "track"),
    Recipe("artist-clusters", "Clusters of artists", artist_clusters, "artist"),
    Recipe("artist-map", "Map of artists", artist_map, "artist"),
    Recipe("silhouettes", "How many clusters there are", silhouettes),
    Recipe("genre-map", "Map of genres", genre_map),
)

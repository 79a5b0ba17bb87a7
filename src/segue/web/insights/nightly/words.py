"""Words that people use: what they search for, tags, titles of playlists. Only those that 20 different listeners used."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict

import polars as pl
from django.db.models import Count, Q
from django.db.models.functions import Lower

from segue.errors import NotEnoughData
from segue.exploring.words import COMMON, FEWEST, WORDS, placed
from segue.web import clock
from segue.web.catalog.models import Artist, Track
from segue.web.insights.base import LEAST_SEEN
from segue.web.insights.nightly.details import Details, Part
from segue.web.listening.models import Listener, Search, Tagging
from segue.web.playlists.models import Playlist

DAYS = 28
MOST = 500
SEED = 0
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_SCHEMA = {"of": pl.String, "word": pl.String, "times": pl.Int64, "listeners": pl.Int64, "before": pl.Int64}

Rows = list[tuple[str, str, int, int | None, int | None]]


def words(before: Details | None) -> Part:
    """All that was said by enough people, and how much there is in all. Raises `NotEnoughData` where nobody is there."""
    if not Listener.objects.exists():
        raise NotEnoughData("there are no listeners yet")
    rows = _searched() + _nothing_found() + _given() + _titles() + _catalogue_tags()
    said = {
        "listeners": Listener.objects.count(), "searches": Search.objects.filter(time_ms__gte=_ago(DAYS)).count(),
        "taggings": Tagging.objects.count(), "playlists": Playlist.objects.filter(title__isnull=False).count(),
    }  # fmt: skip
    found = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return {"words": found, "clouds": _clouds(found)}, said


def _clouds(found: pl.DataFrame) -> pl.DataFrame:
    """The placed words of each cloud: placing takes longer than a page may. Where what places them is missing, none."""
    rows = []
    for of in found["of"].unique(maintain_order=True):
        some = found.filter(pl.col("of") == of)
        if some.height >= FEWEST:
            with suppress(NotEnoughData):
                rows += [{"of": of, **asdict(word)} for word in placed(dict(weights(some)), SEED)]
    sizes = {"weight": pl.Float64, "x": pl.Float64, "y": pl.Float64, "size": pl.Int64, "width": pl.Float64}
    return pl.DataFrame(rows, schema={"of": pl.String, "text": pl.String, **sizes})


def weights(some: pl.DataFrame) -> list[tuple[str, float]]:
    """The words of a cloud, the heaviest first: by listeners where they are known, else by how often."""
    weight = pl.coalesce("listeners", "times").cast(pl.Float64)
    return list(some.select("word", weight).head(WORDS).iter_rows())


def _ago(days: int) -> int:
    return clock.now_ms() - days * 86_400_000


def _searched() -> Rows:
    """What was searched for in the last four weeks; and by how many in the four before, where those were enough."""
    now = _grouped(Q(time_ms__gte=_ago(DAYS)))
    earlier = {word: people for word, _, people in _grouped(Q(time_ms__gte=_ago(2 * DAYS), time_ms__lt=_ago(DAYS)))}
    return [("search", word, times, people, earlier.get(word)) for word, times, people in now]


def _nothing_found() -> Rows:
    """Searches that answered nobody who made them."""
    found = _grouped(Q(time_ms__gte=_ago(DAYS), track__isnull=True, artist__isnull=True))
    return [("nothing found", word, times, people, None) for word, times, people in found]


def _grouped(which: Q) -> list[tuple[str, int, int]]:
    """Words, how often, and by how many: enough of them."""
    grouped = (
        Search.objects.filter(which)
        .annotate(word=Lower("words"))
        .values("word")
        .annotate(times=Count("pk"), people=Count("listener", distinct=True))
        .filter(people__gte=LEAST_SEEN)
        .order_by("-people", "-times", "word")
    )
    return list(grouped.values_list("word", "times", "people")[:MOST])


def _given() -> Rows:
    """Tags that listeners gave."""
    grouped = (
        Tagging.objects.annotate(word=Lower("tag"))
        .values("word")
        .annotate(times=Count("pk"), people=Count("listener", distinct=True))
        .filter(people__gte=LEAST_SEEN)
        .order_by("-people", "-times", "word")
    )
    return [("tag", word, times, people, None) for word, times, people in
            grouped.values_list("word", "times", "people")[:MOST]]  # fmt: skip


def _titles() -> Rows:
    """Words in titles of playlists, of enough owners: in how many titles."""
    times: Counter[str] = Counter()
    owners: dict[str, set[int]] = defaultdict(set)
    found = Playlist.objects.filter(title__isnull=False, listener__isnull=False).values_list("title", "listener_id")
    for title, owner in found.iterator(chunk_size=5_000):
        for word in set(_LETTERS.findall((title or "").casefold())) - COMMON:
            times[word] += 1
            if owner is not None and len(owners[word]) < LEAST_SEEN:  # more need not be known
                owners[word].add(owner)
    enough = [word for word, people in owners.items() if len(people) >= LEAST_SEEN]
    ranked = sorted(enough, key=lambda word: (-times[word], word))[:MOST]
    return [("title", word, times[word], None, None) for word in ranked]


def _catalogue_tags() -> Rows:
    """Tags of the catalogue, by the number of tracks (of artists, where tracks have none): nothing of a person is in them."""
    for model, of in ((Track, "track tag"), (Artist, "artist tag")):
        found = _tags(
            model._default_manager.filter(tags__isnull=False).values_list("tags", flat=True).iterator(chunk_size=5_000)
        )
        if found:
            return [(of, word, number, None, None) for word, number in found.most_common(MOST)]
    return []


def _tags(lists: Iterable[list[dict[str, object]] | None]) -> Counter[str]:
    return Counter(str(one["tag"]).casefold() for some in lists for one in some or () if one.get("tag"))

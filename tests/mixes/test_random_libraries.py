"""What is true of every mix, in whatever library: of few tracks or many, with and without artists, dates, genres and sounds."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.engine.engine import Engine
from segue.engine.request import Controls, Exclusion, Exclusions
from segue.errors import NotEnoughData
from segue.library import Library
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.blend import blend
from segue.mixes.listening import fors_of
from segue.mixes.registry import products
from segue.mixes.station import Seed, next_tracks, start
from tests.effort import examples
from tests.mixes.conftest import trained

MONDAY = datetime(2025, 11, 3, tzinfo=UTC)
PER_ARTIST = {
    "discover-weekly": 1, "hidden-gems": 2, "daily-mix": 4, "release-radar": 3, "on-repeat": 30, "rewind": 4,
    "time-of-day": 3, "trending": 3,
}  # fmt: skip
WEEKLY = ("discover-weekly", "hidden-gems", "rewind")
DAILY = ("daily-mix", "release-radar", "on-repeat")

libraries = st.fixed_dictionaries({
    "seed": st.integers(0, 2**32 - 1),
    "tracks": st.sampled_from([3, 12, 60, 200]),
    "artists": st.sampled_from([1, 4, 30]),
    "listeners": st.sampled_from([1, 5, 30]),
    "listens": st.sampled_from([1, 40, 2_000]),
    "known": st.sampled_from([0.0, 0.5, 1.0]),
    "dated": st.booleans(),
})  # fmt: skip


def made_up(spec) -> Library:
    """A library drawn at random: of what may be missing, a share is."""
    rng = np.random.default_rng(spec["seed"])

    def some(values):
        return [value if rng.random() < spec["known"] else None for value in values]

    tracks, people, n = spec["tracks"], spec["listeners"], spec["listens"]
    ids = [f"track-{number}" for number in range(tracks)]
    listeners = [f"listener-{number}" for number in range(people)]
    released = [date(2025, 11, 3) - timedelta(days=int(days)) for days in rng.integers(-20, 9_000, tracks) % 900]
    times = [MONDAY - timedelta(minutes=int(late)) for late in rng.integers(-10_000, 400_000, n)]
    audio = {name: some(rng.random(tracks).tolist()) for name in AUDIO_FEATURES[:7]}
    chosen = rng.integers(0, tracks, (2, 10))
    return Library.of(
        artists=pl.DataFrame(
            {"artist_id": [f"artist-{one}" for one in range(spec["artists"])],
             "name": [f"Artist {one}" for one in range(spec["artists"])]}
        ),
        tracks=pl.DataFrame(
            {"track_id": ids, "title": [f"Song {number}" for number in range(tracks)],
             "artist_ids": some([[f"artist-{one}"] for one in rng.integers(0, spec["artists"], tracks)]),
             "genres": some([[("rock", "jazz", "folk")[one]] for one in rng.integers(0, 3, tracks)]),
             "work_id": some([f"work-{one}" for one in rng.integers(0, tracks, tracks)]),
             "date": some(released), "explicit": some((rng.random(tracks) < 0.3).tolist()), **audio},
            schema_overrides={"artist_ids": pl.List(pl.String), "genres": pl.List(pl.String), "work_id": pl.String,
                              "date": pl.Date, "explicit": pl.Boolean} | dict.fromkeys(audio, pl.Float32),
        ),
        listeners=pl.DataFrame(
            {"listener_id": listeners, "country": some(["SE"] * people), "birth_year": some([1990] * people)},
            schema_overrides={"country": pl.String, "birth_year": pl.Int16},
        ),
        listens=pl.DataFrame(
            {"listener_id": rng.choice(listeners, n), "track_id": rng.choice(ids, n),
             "time": times if spec["dated"] else [None] * n, "skipped": some((rng.random(n) < 0.2).tolist())},
            schema_overrides={"time": pl.Datetime("ms", "UTC"), "skipped": pl.Boolean},
        ),
        feedback=pl.DataFrame(
            {"listener_id": listeners[:1] * 20, "track_id": [ids[one] for one in chosen.ravel()],
             "kind": ["like"] * 10 + ["dislike"] * 10}
        ),
    )  # fmt: skip


def checked(name, mixes, one, engine):
    """The songs of the mixes; asserts what no library may break."""
    facts, seen = engine.catalogue.facts, []
    for mix in mixes:
        items = engine.places([track.item_id for track in mix.tracks])
        works, artists = facts.work[items].tolist(), facts.artist[items].tolist()
        assert len(items)
        assert (items >= 0).all()
        assert len(set(works)) == len(works), f"{name}: the same song twice"
        counts = Counter(artist for artist in artists if artist >= 0)
        assert max(counts.values(), default=0) <= PER_ARTIST.get(name, 2)
        assert not set(engine.places(one.history.dislikes).tolist()) & set(items.tolist())
        assert not (facts.explicit[items] == 1).any()
        assert not {track.item_id for track in mix.tracks} & {each.id for each in one.exclusions.never}
        assert all(track.reasons and all(reason.text for reason in track.reasons) for track in mix.tracks)
        seen += works
    return seen


@settings(max_examples=examples(6))
@given(spec=libraries)
def test_in_any_library_the_rules_hold_and_the_same_is_the_same(spec):
    library = made_up(spec)
    with TemporaryDirectory() as folder:
        try:
            engine = trained(library, Path(folder))
        except NotEnoughData:
            return  # every listen was skipped
        again = Engine.open(Path(folder))
        wanted = [
            replace(
                one, controls=Controls(explicit=False),
                exclusions=Exclusions((Exclusion("item", "track-0"), Exclusion("item", "track-1"))),
            )
            for one in fors_of(library.listeners["listener_id"].to_list()[:3], library, "track", MONDAY)
        ]  # fmt: skip
        for name, product in products().items():
            made = product.make(wanted, engine)
            assert made == product.make(wanted, again), f"{name}: another one the second time"
            for one, mixes in zip(wanted, made, strict=True):
                songs = checked(name, mixes, one, engine)
                assert name != "daily-mix" or len(set(songs)) == len(songs), "a song in two of the mixes"
        for one in wanted[1:]:
            mix = blend(wanted[0], one, engine)
            assert mix == blend(wanted[0], one, again)
            checked("blend", (mix,) if mix.tracks else (), one, engine)
            checked("blend", (mix,) if mix.tracks else (), wanted[0], engine)
        state = start(Seed("track", engine.ids.names(np.array([0]))[0]), engine, chance=spec["seed"] % 100)
        [queue] = next_tracks([state], wanted[:1], engine, 8)
        assert [queue] == next_tracks([state], wanted[:1], again, 8)
        assert not {track.item_id for track in queue} & {"track-0", "track-1"}


@pytest.mark.parametrize("seed", range(8))
def test_what_is_made_for_a_day_or_a_week_stays_whatever_is_played_in_it(library, engine, seed):
    """As a library is read, listens of the day and all. A like or a dislike would change it at once: of those there are none."""
    rng = np.random.default_rng(seed)
    listener = str(rng.choice(library.listeners["listener_id"].to_numpy()))
    day = MONDAY + timedelta(days=int(rng.integers(0, 14)))
    hours = sorted(rng.uniform(0, 23.99, 2).tolist())
    first, second = (fors_of([listener], library, "track", day + timedelta(hours=passed))[0] for passed in hours)
    opinions = {"likes": first.history.likes, "dislikes": first.history.dislikes}
    second = replace(second, history=replace(second.history, **opinions))
    for name in (*DAILY, *WEEKLY):
        made = products()[name].make([first, second], engine)
        assert made[0] == made[1], name


@pytest.mark.parametrize("name", sorted(products()))
def test_every_product_has_a_cap_here(name):
    assert name in PER_ARTIST

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from segue.demo import world
from segue.engine.prepare.moments import PRIOR_PLAYS, make_moments
from segue.library import Library
from segue.library.interactions import Interactions
from segue.ranking.catalogue import NO_DAY, UNKNOWN, Facts, Moments

DECEMBER, JUNE, JULY, JANUARY = 11, 5, 6, 0


def facts_of(library: Library, ids: np.ndarray, level: str = "track") -> Facts:
    """Artists, genres and dates of tracks, plainly; of other items, nothing."""
    n = len(ids)
    rows = {row["track_id"]: row for row in library.tracks.iter_rows(named=True)} if level == "track" else {}
    tracks = [rows.get(one, {"artist_ids": None, "genres": None, "date": None}) for one in ids]
    artists = sorted({one for row in tracks for one in (row["artist_ids"] or [])[:1]})
    genres = sorted({one for row in tracks for one in row["genres"] or []})
    shares = np.zeros((n, len(genres)), np.float32)
    for place, row in enumerate(tracks):
        for genre in row["genres"] or []:
            shares[place, genres.index(genre)] = 1 / len(row["genres"])
    days = [NO_DAY if row["date"] is None else (row["date"] - date(1970, 1, 1)).days for row in tracks]
    nothing, unknown = np.zeros(n, np.float32), np.full(n, UNKNOWN, np.int32)
    return Facts(
        artist=np.array([artists.index(row["artist_ids"][0]) if row["artist_ids"] else -1 for row in tracks], np.int32),
        release=unknown, work=np.arange(n, dtype=np.int32), day=np.array(days, np.int32), explicit=unknown.astype(np.int8),
        language=unknown.astype(np.int16), audio=np.zeros((n, 9), np.float32), genres=sparse.csr_array(shares),
        popularity=nothing, rank=nothing, artist_rank=nothing, items_of_artist=sparse.csr_array((len(artists), n)),
        artist_ids=tuple(artists), artist_names=tuple(artists), release_ids=(), genre_names=tuple(genres), languages=(),
        to_the_day=np.ones(n, np.bool_), credited=sparse.csr_array((n, 0), dtype=np.bool_), credited_ids=(),
    )  # fmt: skip


def moments_of(library: Library, level: str = "track") -> tuple[Moments, list[str]]:
    interactions = Interactions.from_library(library, level=level, whole_catalogue=True)
    return make_moments(library, interactions, facts_of(library, interactions.item_ids, level)), list(
        interactions.item_ids
    )


def test_a_listen_of_the_year_9999_says_nothing_of_when():
    timed = plays("a", "2024-07-01 12:00", 400)
    odd = plays("a", "9999-12-31 20:00", 300, "v")
    catalogue = {"a": ("x", None, None, "A", None), "b": ("y", None, None, "B", None)}
    more = plays("b", "2024-01-01 06:00", 400)
    plain, strange = (
        moments_of(library_of(*listens, **catalogue))[0] for listens in ((timed, more), (timed, more, odd))
    )
    np.testing.assert_array_equal(plain.hours, strange.hours)
    np.testing.assert_array_equal(plain.months, strange.months)


def plays(track: str, when: str, number: int, listener: str = "u", **more) -> pl.DataFrame:
    start = datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    times = [start + timedelta(seconds=second) for second in range(number)]
    return pl.DataFrame({"listener_id": [listener] * number, "track_id": [track] * number, "time": times}).with_columns(
        **{name: pl.lit(value) for name, value in more.items()}
    )


def library_of(*listens: pl.DataFrame, countries: dict[str, str] | None = None, **tracks) -> Library:
    """A library of listens, and of tracks given as name=(artist, genre, date, title, tag)."""
    rows = [(name, *values) for name, values in tracks.items()]
    return Library.of(
        tracks=pl.DataFrame(
            {
                "track_id": [row[0] for row in rows],
                "artist_ids": [[row[1]] for row in rows],
                "genres": [[row[2]] if row[2] else None for row in rows],
                "date": pl.Series([row[3] for row in rows], dtype=pl.Date),
                "title": [row[4] for row in rows],
                "tags": [[{"tag": row[5], "weight": 1.0}] if row[5] else None for row in rows],
            },
            strict=False,
        ),
        artists=pl.DataFrame({"artist_id": sorted({row[1] for row in rows}), "name": sorted({row[1] for row in rows})}),
        listeners=pl.DataFrame(
            {"listener_id": list(countries or {}), "country": list((countries or {}).values())},
            schema={"listener_id": pl.String, "country": pl.String},
        ),
        listens=pl.concat(listens, how="diagonal"),
    )


def track(artist="x", genre=None, released=None, title="Pier", tag=None):
    return artist, genre, released, title, tag


def test_the_lift_of_an_item_is_smoothed_towards_its_artist_and_the_artist_towards_its_genre():
    library = library_of(
        plays("a", "2025-01-10 12:00", 300), plays("b", "2025-01-10 12:00", 100), plays("b", "2025-07-10 12:00", 100),
        plays("c", "2025-07-10 12:00", 300),
        a=track("x", "folk"), b=track("y", "folk"), c=track("y", "jazz"), d=track("x", "folk"),
    )  # fmt: skip
    moments, ids = moments_of(library)
    assert ids == ["a", "b", "c", "d"]
    # By hand, for January: half of all 800 plays, so half of every item's are expected, and the prior is half of K.
    prior = PRIOR_PLAYS / 2
    folk, jazz = (400 + prior) / (250 + prior), prior / (150 + prior)
    x = (300 + prior * folk) / (150 + prior)
    y = (100 + prior * (folk + jazz) / 2) / (250 + prior)
    expected = [
        (300 + prior * x) / (150 + prior), (100 + prior * y) / (100 + prior), prior * y / (150 + prior), x,
    ]  # fmt: skip
    np.testing.assert_allclose(moments.months[:, JANUARY], np.log(expected), rtol=1e-4)
    assert moments.months.dtype == np.float32
    assert moments.months.shape == (4, 12)
    # Nobody plays anything in March, and all is played at noon.
    np.testing.assert_allclose(moments.months[:, 2], 0, atol=1e-4)
    np.testing.assert_allclose(moments.hours[:, 3], 0, atol=1e-4)


def test_hours_are_on_the_listeners_own_clocks():
    library = library_of(
        plays("early", "2025-06-10 23:00", 400, "tokyo"), plays("late", "2025-06-10 23:00", 400, "london"),
        countries={"tokyo": "JP", "london": "GB"}, early=track("x"), late=track("y"),
    )  # fmt: skip
    moments, ids = moments_of(library)
    early, late = moments.hours[ids.index("early")], moments.hours[ids.index("late")]
    # Eight in the morning, and midnight in summer time.
    assert [early.argmax(), late.argmax()] == [2, 0]
    assert early[2] > 0.4
    assert early[0] < -1
    assert moments.hours.dtype == np.float32


def test_the_south_has_its_seasons_half_a_year_off():
    library = library_of(
        plays("warm", "2025-01-10 12:00", 200, "sydney"), plays("warm", "2025-07-10 12:00", 200, "oslo"),
        plays("cold", "2025-07-10 12:00", 200, "sydney"), plays("cold", "2025-01-10 12:00", 200, "oslo"),
        countries={"sydney": "AU", "oslo": "NO"}, warm=track("x"), cold=track("y"),
    )  # fmt: skip
    moments, ids = moments_of(library)
    warm, cold = moments.months[ids.index("warm")], moments.months[ids.index("cold")]
    assert min(warm[JULY], cold[JANUARY]) > 0.4
    assert max(warm[JANUARY], cold[JULY]) < -1


@pytest.mark.parametrize(("released", "lifted"), [(date(2025, 12, 1), False), (None, True), (date(2001, 1, 1), True)])
def test_what_came_out_in_december_could_not_be_played_before(released, lifted):
    library = library_of(
        *(plays("old", f"2025-{month:02}-10 12:00", 200) for month in range(1, 13)), plays("new", "2025-12-10 12:00", 200),
        old=track("x"), new=track("y", released=released),
    )  # fmt: skip
    moments, ids = moments_of(library)
    assert (moments.months[ids.index("new"), DECEMBER] > 0.5) == lifted


@pytest.mark.parametrize(
    ("title", "tag", "high", "low"),
    [
        ("A Very Larkish Christmas", None, DECEMBER, JULY), ("Quiet Pier", "xmas", DECEMBER, JULY),
        ("Noël à Deux", None, DECEMBER, JULY), ("Winter Pier", None, JANUARY, JULY), ("Reeds", "Summer", JULY, DECEMBER),
        ("Verão", None, JULY, DECEMBER),
    ],
)  # fmt: skip
def test_words_say_the_season_of_what_nobody_has_played(title, tag, high, low):
    library = library_of(
        *(plays("known", f"2025-{month:02}-10 12:00", 100) for month in range(1, 13)),
        known=track("x"), unknown=track("y", title=title, tag=tag), plain=track("z", title="Summery Winterfold"),
    )  # fmt: skip
    moments, ids = moments_of(library)
    said = moments.months[ids.index("unknown")]
    assert said[high] > 0.6
    assert said[low] < -0.4
    np.testing.assert_allclose(moments.months[ids.index("plain")], 0, atol=1e-4)


def test_plays_weigh_more_than_words():
    library = library_of(
        *(plays("known", f"2025-{month:02}-10 12:00", 1000) for month in range(1, 13)),
        plays("june", "2025-06-10 12:00", 2000), known=track("x"), june=track("y", title="Christmas in June"),
    )  # fmt: skip
    moments, ids = moments_of(library)
    june = moments.months[ids.index("june")]
    assert june.argmax() == JUNE
    assert june[DECEMBER] < june[JUNE] - 1


def test_skips_and_listens_without_a_time_say_nothing():
    always = [plays("a", f"2025-{month:02}-10 12:00", 20) for month in (1, 7)] + [plays("b", "2025-07-10 12:00", 20)]
    untimed = pl.DataFrame({"listener_id": ["u"], "track_id": ["a"], "plays": [900]})
    more = [plays("a", "2025-03-10 03:00", 500, skipped=True), untimed]
    tracks = {"a": track("x"), "b": track("y")}
    plain, _ = moments_of(library_of(*always, **tracks))
    noisy, _ = moments_of(library_of(*always, *more, **tracks))
    np.testing.assert_array_equal(plain.months, noisy.months)
    np.testing.assert_array_equal(plain.hours, noisy.hours)


def test_without_times_there_are_no_moments():
    counts = pl.DataFrame({"listener_id": ["u", "v"], "track_id": ["a", "b"], "plays": [3, 4]})
    moments, _ = moments_of(library_of(counts, a=track(), b=track()))
    assert (moments.hours.shape, moments.months.shape) == ((2, 0), (2, 0))
    assert moments.hours.dtype == moments.months.dtype == np.float32


def test_dates_without_hours_say_nothing_of_hours():
    days = pl.DataFrame(
        {
            "listener_id": ["u"] * 60,
            "track_id": ["a"] * 60,
            "time": [datetime(2025, 1, 1 + n % 30, tzinfo=UTC) for n in range(60)],
        }
    )
    moments, _ = moments_of(library_of(days, a=track()))
    assert (moments.hours.shape, moments.months.shape) == ((1, 0), (1, 12))


@pytest.mark.parametrize("level", ["artist", "release"])
def test_artists_and_releases_have_moments_too(level):
    library = library_of(
        plays("a", "2025-01-10 12:00", 300), plays("b", "2025-07-10 12:00", 300), a=track("x"), b=track("y"),
    )  # fmt: skip
    tracks = library.tracks.with_columns(release_id="track_id")
    releases = pl.DataFrame({"release_id": ["a", "b", "c"], "title": ["Pier", "Reeds", "Christmas"]})
    moments, ids = moments_of(
        Library.of(tracks=tracks, releases=releases, artists=library.artists, listens=library.listens), level
    )
    assert ids == (["x", "y"] if level == "artist" else ["a", "b", "c"])
    assert moments.months[0, JANUARY] > 0.3 > -0.3 > moments.months[0, JULY]
    if level == "release":
        assert moments.months[2, DECEMBER] > 1


def test_listens_of_artists_alone_count_for_the_artists():
    listens = plays("gone", "2025-01-10 12:00", 200).select("listener_id", "time", artist_id=pl.lit("x"))
    others = plays("gone", "2025-07-10 12:00", 200).select("listener_id", "time", artist_id=pl.lit("y"))
    library = Library.of(
        artists=pl.DataFrame({"artist_id": ["x", "y"], "name": ["Larks", "Gulls"]}),
        listens=pl.concat([listens, others]),
    )
    moments, ids = moments_of(library, "artist")
    assert ids == ["x", "y"]
    assert moments.months[0, JANUARY] > 0.3
    assert moments.months[1, JANUARY] < -0.3


def test_winter_songs_of_the_demo_world_are_for_winter():
    library = world(scale=0.2)
    moments, ids = moments_of(library)
    tags = pl.DataFrame({"track_id": ids}).join(library.tracks, on="track_id", how="left", maintain_order="left")[
        "tags"
    ]
    names = tags.list.eval(pl.element().struct.field("tag"))
    winter, summer = (names.list.contains(season).fill_null(value=False).to_numpy() for season in ("winter", "summer"))
    assert min(winter.sum(), summer.sum()) > 10
    assert (moments.months[winter, DECEMBER] > 0).mean() > 0.9
    assert (moments.months[winter, JULY] < 0).mean() > 0.9
    assert (moments.months[summer, DECEMBER] < 0).mean() > 0.9
    assert (moments.months[summer, JULY] > 0).mean() > 0.9
    # What is of no season leans to none.
    others = moments.months[~winter & ~summer].mean(axis=0)
    assert np.abs(others).max() < math.log(1.3)
    assert np.isfinite(moments.hours).all()

"""The demo world: the same every time, plausible to look at, and as hard to predict as real listening."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from segue.demo import world
from segue.library import Interactions, Library
from segue.library.splits import holdout
from segue.library.weighting import weigh

WELL_KNOWN = {
    "abba", "adele", "air", "ariana grande", "bach", "beyoncé", "billie eilish", "björk", "bob dylan", "bon iver",
    "boney m.", "burial", "calexico", "can", "cocorosie", "coldplay", "daft punk", "david bowie", "drake", "eminem",
    "enya", "erykah badu", "fela kuti", "genesis", "gorillaz", "grimes", "interpol", "isis", "jamiroquai", "justice",
    "kraftwerk", "lady gaga", "lizzo", "lorde", "madonna", "mayhem", "metallica", "mogwai", "muse", "nirvana", "oasis",
    "phoenix", "placebo", "portishead", "prince", "pulp", "queen", "radiohead", "rammstein", "rihanna", "rosalía",
    "shakira", "sia", "slayer", "solange", "tame impala", "taylor swift", "the beatles", "the cure", "the kinks",
    "the rolling stones", "the strokes", "the weeknd", "tool", "toto", "u2", "ulver", "zedd",
}  # fmt: skip


@pytest.fixture(scope="module")
def full() -> Library:
    return world()


@pytest.fixture(scope="module")
def small() -> Library:
    return world(scale=0.3)


def listens_with_tracks(library: Library) -> pl.DataFrame:
    text = library.listens.with_columns(pl.col("listener_id", "track_id").cast(pl.String))
    return text.join(library.tracks, on="track_id").join(library.listeners, on="listener_id")


def ndcg_at_20(scores: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    ranked = np.argsort(-np.where(train > 0, -np.inf, scores), axis=1, kind="stable")[:, :20]
    discount = 1 / np.log2(np.arange(20) + 2)
    gain = (np.take_along_axis(test > 0, ranked, axis=1) * discount).sum(axis=1)
    sizes = (test > 0).sum(axis=1)
    ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(sizes, 20)]
    return float((gain[sizes > 0] / ideal[sizes > 0]).mean())


# -- the same world every time ------------------------------------------------------------------------------------


def test_same_seed_same_world_other_seed_other_world(small: Library) -> None:
    assert world(seed=1, scale=0.3).fingerprint() == small.fingerprint()
    assert world(seed=2, scale=0.3).fingerprint() != small.fingerprint()


def test_scale_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="scale 0"):
        world(scale=0)


def test_a_tiny_world_is_a_valid_library() -> None:
    assert world(scale=0.01).validate().counts()["listens"] > 0


def test_every_row_is_valid(full: Library) -> None:
    assert full.problems() == []


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        ("artists", 280, 320),
        ("releases", 550, 650),
        ("tracks", 3_200, 4_000),
        ("listeners", 1_000, 1_000),
        ("listens", 200_000, 300_000),
        ("feedback", 5_000, 30_000),
        ("playlists", 550, 650),
    ],
)
def test_size(full: Library, table: str, low: int, high: int) -> None:
    assert low <= full.counts()[table] <= high


# -- the catalogue ------------------------------------------------------------------------------------------------


def test_artist_names_are_invented_and_unlike_each_other(full: Library) -> None:
    names = full.artists["name"].str.to_lowercase()
    assert names.is_unique().all()
    assert not WELL_KNOWN & set(names)


def test_every_genre_has_artists_and_tracks(full: Library) -> None:
    assert full.artists["genres"].list.first().n_unique() == 12
    assert full.tracks["genres"].list.first().n_unique() == 12


def test_tracks_with_a_voice_have_words_in_a_language_and_others_have_none(full: Library) -> None:
    words = full.tracks.select(
        voice=pl.col("instrumentalness") < 0.5, words=pl.col("lyrics").str.len_chars() > 40, language="language"
    )
    assert words.filter("voice").select(pl.col("words").fill_null(value=False).all()).item()
    assert words.filter("voice")["language"].null_count() == 0
    assert words.filter(~pl.col("voice"))["words"].is_null().all()
    assert words["voice"].mean() == pytest.approx(0.75, abs=0.15)


def test_versions_share_the_work_of_an_older_track(full: Library) -> None:
    versions = full.tracks.filter(pl.col("kind") != "original")
    originals = full.tracks.filter(pl.col("kind") == "original")
    both = versions.join(originals, on="work_id", suffix="_of")
    assert both.height == versions.height > 100
    assert set(versions["kind"]) == {"live", "remix", "remaster", "cover"}
    assert (both["date"] > both["date_of"]).all()
    same_artist = both["artist_ids"].list.first() == both["artist_ids_of"].list.first()
    assert (same_artist == (both["kind"] != "cover")).all()
    assert both["lyrics"].equals(both["lyrics_of"], null_equal=True)


def test_every_track_tells_how_it_sounds_and_what_people_call_it(full: Library) -> None:
    columns = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence",
               "loudness", "tempo", "key", "mode", "duration_ms", "popularity")  # fmt: skip
    assert full.tracks.select(columns).null_count().sum_horizontal().item() == 0
    assert full.tracks["tags"].list.len().min() >= 1
    energy = full.tracks.group_by(pl.col("genres").list.first()).agg(pl.col("energy").mean())
    by_genre = dict(energy.iter_rows())
    assert by_genre["metal"] > by_genre["pop"] > by_genre["ambient"]


# -- the year -----------------------------------------------------------------------------------------------------


def test_listens_fill_2025_in_order(full: Library) -> None:
    time = full.listens["time"]
    assert time.is_sorted()
    assert time.dt.year().unique().to_list() == [2025]
    assert time.dt.date().n_unique() == 365
    assert (full.listens["plays"] == 1).all()


def test_nobody_hears_a_track_before_it_is_out_or_two_at_once(full: Library) -> None:
    listens = listens_with_tracks(full)
    assert (listens["time"].dt.date() >= listens["date"]).all()
    ends = pl.col("time") + pl.duration(milliseconds="ms_played")
    starts_after = listens.sort("listener_id", "time").select(
        (pl.col("time") >= ends.shift(1)).over("listener_id").fill_null(value=True).all()
    )
    assert starts_after.item()


def test_skips_are_some_and_mostly_early(full: Library) -> None:
    assert 0.10 < full.listens["skipped"].mean() < 0.35
    skipped = full.listens.filter("skipped")
    assert (skipped["ms_played"] < 30_000).mean() > 0.7
    played = listens_with_tracks(full).filter(~pl.col("skipped"))
    assert (played["ms_played"] == played["duration_ms"]).all()


def test_winter_songs_are_played_in_winter(full: Library) -> None:
    tagged = pl.col("lyrics").str.contains("snow|winter|frost").fill_null(value=False)
    north = listens_with_tracks(full).filter(pl.col("country").is_in(["US", "GB", "DE", "SE"]))
    share = north.group_by(pl.col("time").dt.month()).agg(winter=tagged.mean())
    by_month = dict(share.iter_rows())
    assert by_month[12] > 3 * by_month[7]
    assert by_month[1] > 3 * by_month[8]


def test_people_sleep_by_their_own_clock(full: Library) -> None:
    listens = listens_with_tracks(full)
    hour = pl.col("time").dt.hour()
    tokyo, berlin = (listens.filter(pl.col("country") == country) for country in ("JP", "DE"))
    night = [(hour + offset) % 24 for offset in (9, 1)]
    for frame, local in zip((tokyo, berlin), night, strict=True):
        assert frame.select(local.is_between(2, 5).mean()).item() < 0.10
        assert frame.select(local.is_between(17, 20).mean()).item() > 0.15


def test_a_session_keeps_to_its_kind_of_music(full: Library) -> None:
    listens = listens_with_tracks(full).sort("listener_id", "time")
    near = pl.col("time").diff().over("listener_id") < dt.timedelta(minutes=15)
    alike = pl.col("genres").list.first() == pl.col("genres").list.first().shift(1).over("listener_id")
    follow = listens.select(near=near, alike=alike).drop_nulls().group_by("near").agg(pl.col("alike").mean())
    by_near = dict(follow.iter_rows())
    assert by_near[True] > 0.45
    assert by_near[True] > by_near[False] + 0.1


# -- what listeners say and make ----------------------------------------------------------------------------------


def test_nobody_plays_what_they_said_never_of(full: Library) -> None:
    never = full.feedback.filter((pl.col("kind") == "never") & pl.col("track_id").is_not_null()).select(
        pl.col("listener_id", "track_id").cast(pl.String), said="time"
    )
    assert never.height > 100
    after = (
        listens_with_tracks(full).join(never, on=["listener_id", "track_id"]).filter(pl.col("time") > pl.col("said"))
    )
    assert after.height == 0


def test_likes_outnumber_dislikes_and_follow_full_plays(full: Library) -> None:
    kinds = dict(full.feedback["kind"].value_counts().iter_rows())
    assert kinds["like"] > 3 * kinds["dislike"]
    assert kinds["dislike"] > 100
    assert full.feedback["time"].is_sorted()


def test_playlists_have_titles_and_tracks_that_were_out(full: Library) -> None:
    assert full.playlists["title"].null_count() == 0
    assert full.playlists["title"].n_unique() > 60
    assert full.playlists["track_ids"].list.len().min() >= 5
    tracks = full.playlists.explode("track_ids").join(full.tracks, left_on="track_ids", right_on="track_id")
    assert (tracks["date"] <= tracks["modified"].dt.date()).all()


# -- as hard as real listening ------------------------------------------------------------------------------------


def test_popularity_is_worse_than_neighbours_and_those_than_ease(small: Library) -> None:
    matrix = Interactions.from_library(small, "track").matrix
    split = holdout(matrix, np.random.default_rng(0))
    train, test = split.train.toarray(), split.test.toarray()
    popular = ndcg_at_20(np.tile((train > 0).sum(axis=0), (len(train), 1)), train, test)
    plays = weigh(split.train, "log").toarray().astype(np.float64)
    unit = plays / np.maximum(np.linalg.norm(plays, axis=0), 1e-12)
    cosine = unit.T @ unit
    np.fill_diagonal(cosine, 0)
    neighbours = ndcg_at_20(plays @ cosine, train, test)
    inverse = np.linalg.inv(plays.T @ plays + 300 * np.eye(plays.shape[1]))
    ease_weights = -inverse / np.diag(inverse)
    np.fill_diagonal(ease_weights, 0)
    ease = ndcg_at_20(plays @ ease_weights, train, test)
    assert popular < 0.6 * neighbours
    assert neighbours < ease
    assert 0.25 < ease < 0.5

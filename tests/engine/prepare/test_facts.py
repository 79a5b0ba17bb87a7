from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from segue.engine.prepare import genres
from segue.engine.prepare.facts import make_facts
from segue.library import Interactions, Library
from segue.library.records import load_record, save_record
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import NO_DAY, Facts
from tests.conftest import interactions_of

ENERGY = AUDIO_FEATURES.index("energy")


def catalogue(**more: pl.DataFrame) -> Library:
    """Two artists who are known and one who is only named; t4 and what only listens name is hardly known."""
    frames = {
        "artists": pl.DataFrame({"artist_id": ["b", "a"], "name": ["Bo", "Anna"], "genres": [["jazz", "Bossa Nova"], None]}),
        "releases": pl.DataFrame(
            {"release_id": ["r1", "r2"], "title": ["One", "Two"], "artist_ids": [["a"], ["b"]],
             "date": [date(1970, 1, 11), date(1980, 1, 1)]}
        ),
        "tracks": pl.DataFrame(
            {
                "track_id": ["t4", "t3", "t2", "t1"],
                "title": ["Fourth", "Third", "Second", "First"],
                "artist_ids": [["nobody"], ["b"], ["a", "b"], ["a"]],
                "release_id": [None, "r2", "r1", "r1"],
                "work_id": [None, None, "song", "song"],
                "date": [None, date(1970, 1, 2), None, None],
                "explicit": [None, None, False, True],
                "language": [None, "sv", "en", "en"],
                "genres": [None, None, ["Rock", "pop"], ["rock"]],
                "energy": [None, 0.5, 0.25, 0.75],
            }
        ),
        "listens": pl.DataFrame(
            {"listener_id": ["u1", "u1", "u2", "u2", "u3", "u4"], "track_id": ["t1", "t2", "t1", "t3", "gone", "t1"],
             "skipped": [False, False, False, False, False, True]}
        ),
    }  # fmt: skip
    return Library.of(**(frames | more))


def facts_of(library: Library, **more) -> tuple[Facts, list[str]]:
    interactions = Interactions.from_library(library, whole_catalogue=True, **more)
    return make_facts(library, interactions), interactions.item_ids.tolist()


def genres_of(facts: Facts, item: int) -> dict[str, float]:
    row = facts.genres[[item]]
    return dict(zip([facts.genre_names[column] for column in row.indices], row.data.tolist(), strict=True))


def test_tracks_are_as_the_catalogue_says_they_are():
    facts, items = facts_of(catalogue())
    assert items == ["gone", "t1", "t2", "t3", "t4"]
    assert facts.artist_ids == ("a", "b", "nobody")
    assert facts.artist_names == ("Anna", "Bo", "nobody")
    assert facts.artist.tolist() == [-1, 0, 0, 1, 2]
    assert facts.release_ids == ("r1", "r2")
    assert facts.release.tolist() == [-1, 0, 0, 1, -1]
    assert facts.work[1] == facts.work[2]
    assert len(set(facts.work.tolist())) == 4
    assert facts.day.tolist() == [NO_DAY, 10, 10, 1, NO_DAY]  # t3 came out before its release
    assert facts.explicit.tolist() == [-1, 1, 0, -1, -1]
    assert facts.languages == ("en", "sv")
    assert facts.language.tolist() == [-1, 0, 0, 1, -1]
    np.testing.assert_equal(facts.audio[:, ENERGY].tolist(), [np.nan, 0.75, 0.25, 0.5, np.nan])
    assert facts.audio.shape == (5, len(AUDIO_FEATURES))


def test_arrays_are_of_the_types_that_the_stages_read():
    facts, _ = facts_of(catalogue())
    types = {name: str(getattr(facts, name).dtype) for name in (
        "artist", "release", "work", "day", "explicit", "language", "audio", "popularity", "rank", "artist_rank",
    )}  # fmt: skip
    assert types == {
        "artist": "int32", "release": "int32", "work": "int32", "day": "int32", "explicit": "int8", "language": "int16",
        "audio": "float32", "popularity": "float32", "rank": "float32", "artist_rank": "float32",
    }  # fmt: skip
    assert facts.genres.dtype == np.float32


def test_genres_are_a_tracks_own_or_else_its_artists():
    facts, _ = facts_of(catalogue())
    assert facts.genre_names == ("Bossa Nova", "Rock", "jazz", "pop")  # of spellings as common, the first
    assert genres_of(facts, 0) == {}
    assert genres_of(facts, 1) == {"Rock": 1.0}
    assert genres_of(facts, 2) == {"Rock": 0.5, "pop": 0.5}
    assert genres_of(facts, 3) == {"Bossa Nova": 0.5, "jazz": 0.5}


def test_tags_that_are_genres_stand_for_them_where_there_are_none():
    artists = pl.DataFrame(
        {
            "artist_id": ["a", "nobody"],
            "name": ["Anna", "No"],
            "tags": [None, [{"tag": "seen live", "weight": 90.0}, {"tag": "ROCK", "weight": 2.0}]],
        }
    )
    said = pl.DataFrame({"listener_id": ["u1"], "artist_id": ["nobody"], "tag": ["pop"]})
    facts, _ = facts_of(catalogue(artists=artists, taggings=said))
    assert {name.lower(): share for name, share in genres_of(facts, 4).items()} == pytest.approx(
        {"rock": 2 / 3, "pop": 1 / 3}
    )


def test_without_any_genres_the_three_commonest_tags_stand_for_them():
    artists = pl.DataFrame(
        {
            "artist_id": ["a"],
            "name": ["Anna"],
            "tags": [[{"tag": t, "weight": w} for t, w in zip("zyxw", (1.0, 4.0, 3.0, 1.0), strict=True)]],
        }
    )
    tracks = pl.DataFrame({"track_id": ["t"], "title": ["T"], "artist_ids": [["a"]]})
    facts, _ = facts_of(Library.of(artists=artists, tracks=tracks))
    assert genres_of(facts, 0) == pytest.approx({"w": 1 / 8, "x": 3 / 8, "y": 4 / 8})


def test_popularity_is_the_share_of_those_who_play_anything():
    facts, _ = facts_of(catalogue())  # u4 skipped all that they heard
    assert facts.popularity.tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3, 1 / 3, 0])
    # t4 is last, three share places 1 to 3, t1 is first.
    assert facts.rank.tolist() == [0.5, 1.0, 0.5, 0.5, 0.0]
    # Anna is played by two, Bo by one.
    np.testing.assert_equal(facts.artist_rank.tolist(), [np.nan, 1.0, 1.0, 0.5, 0.0])


def test_the_items_of_an_artist_stand_most_played_first():
    facts, _ = facts_of(catalogue())
    assert [facts.items_of_artist[[artist]].indices.tolist() for artist in range(3)] == [[1, 2], [3], [4]]
    swapped, _ = facts_of(
        catalogue(listens=pl.DataFrame({"listener_id": ["u1", "u2", "u2"], "track_id": ["t2", "t2", "t1"]}))
    )
    assert swapped.items_of_artist.indices.tolist() == [1, 0, 2, 3]
    assert swapped.items_of_artist.data.tolist() == [2, 1, 0, 0]


def test_a_date_is_to_the_day_where_it_says_so_or_says_nothing():
    """What counts is the precision of the date that is taken: the track's own, else its release's."""
    plain = catalogue()
    frames = {
        "tracks": plain.tracks.with_columns(
            date_precision=pl.when(pl.col("track_id") == "t3").then(pl.lit("year")).otherwise(pl.lit("day"))
        ),
        "releases": plain.releases.with_columns(date_precision=pl.Series(["month", None])),
    }
    facts, items = facts_of(catalogue(**frames))
    known = dict(zip(items, zip(facts.day.tolist(), facts.to_the_day.tolist(), strict=True), strict=True))
    assert (known["t1"], known["t3"]) == ((10, False), (1, False))
    assert facts_of(plain)[0].to_the_day.all()


def test_guests_are_credited_beside_the_main_artists():
    plain = catalogue()
    guests = plain.tracks.with_columns(
        featured_artist_ids=pl.when(pl.col("track_id") == "t3").then(pl.lit(["guest"])).otherwise(None)
    )
    facts, items = facts_of(catalogue(tracks=guests))
    told = {
        name: {facts.credited_ids[one] for one in facts.credited[[item]].indices} for item, name in enumerate(items)
    }
    assert told == {"gone": set(), "t1": {"a"}, "t2": {"a", "b"}, "t3": {"b", "guest"}, "t4": {"nobody"}}
    for level, expected in (("release", [{"a"}, {"b"}]), ("artist", [{"a"}, {"b"}, {"nobody"}])):
        facts, items = facts_of(catalogue(tracks=guests), level=level)
        rows = [{facts.credited_ids[one] for one in facts.credited[[item]].indices} for item in range(len(items))]
        assert rows == expected[: len(items)]


def test_an_artist_is_its_own_and_sounds_like_the_mean_of_its_tracks():
    heard = pl.DataFrame({"listener_id": ["u1", "u2", "u2", "u3"], "track_id": ["t1", "t2", "t3", "t4"]})
    facts, items = facts_of(catalogue(listens=heard), level="artist")
    assert items == ["a", "b", "nobody"]
    assert facts.artist.tolist() == [0, 1, 2]
    assert facts.artist_names == ("Anna", "Bo", "nobody")
    assert facts.release.tolist() == [-1] * 3
    assert facts.release_ids == ()
    assert facts.day.tolist() == [NO_DAY] * 3
    assert len(set(facts.work.tolist())) == 3
    np.testing.assert_equal(facts.audio[:, ENERGY].tolist(), [0.5, 0.5, np.nan])
    # Anna has no genres of her own: those of her tracks.
    assert genres_of(facts, 0) == pytest.approx({"pop": 1 / 3, "Rock": 2 / 3})
    assert genres_of(facts, 1) == {"Bossa Nova": 0.5, "jazz": 0.5}
    assert facts.items_of_artist.toarray().tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_release_has_its_artist_its_date_and_the_genres_of_its_tracks():
    facts, items = facts_of(catalogue(), level="release")
    assert items == ["r1", "r2"]
    assert facts.artist.tolist() == [0, 1]
    assert facts.release.tolist() == [0, 1]
    assert facts.day.tolist() == [10, 3652]
    assert facts.to_the_day.tolist() == [True, True]
    np.testing.assert_equal(facts.audio[:, ENERGY].tolist(), [0.5, 0.5])
    assert genres_of(facts, 0) == pytest.approx({"pop": 1 / 3, "Rock": 2 / 3})


def test_where_nobody_listens_all_items_are_equal():
    facts, _ = facts_of(catalogue(listens=pl.DataFrame(schema={"listener_id": pl.String})))
    assert facts.popularity.tolist() == [0] * 4
    assert facts.rank.tolist() == [0.5] * 4
    assert facts.artist_rank.tolist() == [0.5] * 4


def test_items_of_an_empty_catalogue_are_unknown():
    facts = make_facts(Library(), interactions_of([[1, 0, 2]]))
    assert facts.artist.tolist() == [-1] * 3
    assert sorted(facts.work.tolist()) == [0, 1, 2]
    assert np.isnan(facts.artist_rank).all()
    assert facts.genres.shape == (3, 0)
    assert facts.items_of_artist.shape == (0, 3)


def test_of_too_many_genres_the_most_used_stay(monkeypatch):
    monkeypatch.setattr(genres, "MOST_GENRES", 1)
    facts, _ = facts_of(catalogue())
    assert facts.genre_names == ("Rock",)
    assert genres_of(facts, 2) == {"Rock": 1.0}
    assert genres_of(facts, 3) == {}


@pytest.mark.parametrize("library", [catalogue(), Library()])
def test_what_is_saved_is_read_back(tmp_path, library):
    interactions = Interactions.from_library(catalogue(), whole_catalogue=True)
    facts = make_facts(library, interactions)
    save_record(facts, tmp_path / "facts")
    loaded = load_record(Facts, tmp_path / "facts")
    for name, value in vars(facts).items():
        other = getattr(loaded, name)
        if isinstance(value, sparse.csr_array):
            assert other.indices.tolist() == value.indices.tolist()  # in the same order
            np.testing.assert_array_equal(other.toarray(), value.toarray())
        else:
            np.testing.assert_array_equal(np.asarray(other), np.asarray(value))

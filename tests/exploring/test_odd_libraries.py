"""Libraries with gaps: a figure is drawn of what is known, or left out; nothing breaks."""

from datetime import date

import polars as pl
import pytest

from segue.exploring import Report, explore
from segue.exploring.report import as_json
from segue.library import Library
from tests.exploring.conftest import NOW

ONE_LISTEN = pl.DataFrame({"listener_id": ["u"], "track_id": ["t000"]})


def tracks(n: int = 300) -> pl.DataFrame:
    """Tracks of fifteen artists and fourteen genres, eight to a track."""
    return pl.DataFrame(
        {
            "track_id": [f"t{row:03}" for row in range(n)],
            "title": [f"Title {row}" for row in range(n)],
            "artist_ids": [[f"a{row % 15:02}"] for row in range(n)],
            "genres": [[f"genre {chr(97 + (row % 15 + more) % 14)}" for more in range(8)] for row in range(n)],
        }
    )


def explored(library: Library, **how) -> Report:
    report = explore(library, now=NOW, **how)
    assert "nan" not in as_json(report).lower()
    return report


def test_genres_that_only_unplayed_tracks_have_are_not_what_is_played():
    genres = pl.Series([None] * 29 + [["rock"]], dtype=pl.List(pl.String))
    report = explored(Library.of(tracks=tracks(30).with_columns(genres=genres), listens=ONE_LISTEN))
    assert report.figure("top-genres") is None


def test_words_of_artists_that_no_table_has():
    library = Library.of(
        listens=pl.DataFrame({"listener_id": ["u", "v"], "artist_id": ["a", "b"]}),
        taggings=pl.DataFrame({"listener_id": ["u"], "artist_id": ["a"], "tag": ["rock"]}),
    )
    assert explored(library).figure("top-genres") is None


def test_an_artist_of_tags_but_no_track_is_on_the_map_of_artists_and_in_no_genre():
    tags = [[{"tag": word, "weight": 1.0} for word in ("one", f"p{row % 3}", f"q{row % 4}")] for row in range(16)]
    artists = pl.DataFrame(
        {"artist_id": [f"a{row:02}" for row in range(15)] + ["z"], "name": [f"Name {row}" for row in range(16)], "tags": tags}
    )  # fmt: skip
    report = explored(Library.of(artists=artists, tracks=tracks(), listens=ONE_LISTEN), level="artist")
    counts = [text.rpartition("(")[2] for text in report.figure("genre-map").data.texts]
    sizes = [len({row for row in range(15) for more in range(8) if (row + more) % 14 == genre}) for genre in range(14)]
    assert sorted(counts) == sorted(f"{size} artists)" for size in sizes)


def test_a_tag_that_is_too_long_for_the_cloud_does_not_end_it():
    tags = [{"tag": "on " * 40, "weight": 9.0}] + [{"tag": f"word {chr(97 + n)}", "weight": 5.0} for n in range(12)]
    report = explored(Library.of(artists=pl.DataFrame({"artist_id": ["a"], "name": ["Ann"], "tags": [tags]})))
    assert len(report.figure("cloud").data.words) == 12


def test_artists_that_are_all_called_the_same():
    tags = [{"tag": word, "weight": 1.0} for word in ("rock", "pop", "jazz", "folk")]
    artists = pl.DataFrame({"artist_id": [f"a{n:02}" for n in range(20)], "name": ["Ann"] * 20, "tags": [tags] * 20})
    assert len(explored(Library.of(artists=artists)).figure("artist-clusters").data.cards) == 1


@pytest.mark.parametrize("known", [0, 20])
def test_a_feature_that_few_tracks_or_none_have(known):
    measured = tracks().with_columns(
        genres=pl.Series([["a"]] * 100 + [["b"]] * 100 + [None] * 100),
        energy=pl.Series([float("nan")] * (300 - known) + [row / 20 for row in range(known)]),
        loudness=pl.Series([float("nan")] * 300),
        valence=pl.Series([row / 300 for row in range(300)]),
        date=pl.Series([date(1950 + row // 30, 1, 1) for row in range(300)]),
    )
    report = explored(Library.of(tracks=measured, listens=ONE_LISTEN))
    assert report.figure("feature-distributions").data.names == (("energy", "valence") if known else ("valence",))
    assert report.figure("genre-spreads").data.names == ("valence",)
    assert "valence changed most" in report.figure("features-over-years").finding

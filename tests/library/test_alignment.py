from datetime import UTC, datetime

import polars as pl
import pytest

from segue.library import Library
from segue.library.alignment import Joined, align, with_works
from segue.library.matching import work_id


def when(day: int) -> datetime:
    return datetime(2021, 2, day, tzinfo=UTC)


@pytest.fixture
def existing() -> Library:
    return with_works(
        Library.of(
            artists=pl.DataFrame({"artist_id": ["a1", "a2"], "name": ["The Larks", "Gull Choir"]}),
            releases=pl.DataFrame({"release_id": ["r1"], "title": ["Days"], "artist_ids": [["a1"]]}),
            tracks=pl.DataFrame(
                {
                    "track_id": ["t1", "t2"],
                    "title": ["Lantern", "The Long Way Round"],
                    "artist_ids": [["a1"], ["a2"]],
                    "release_id": ["r1", None],
                    "work_id": ["their-own-work", None],
                    "popularity": [50.0, None],
                }
            ),
        )
    )


@pytest.fixture
def incoming() -> Library:
    titles = ["LANTERN", "Lantern (Live)", "The Long Way Rounds", "New Song", "Lantern - 2011 Remaster"]
    return Library.of(
        artists=pl.DataFrame({"artist_id": ["x1", "x2", "x3"], "name": ["Larks", "Gul Choir", "Newcomer"]}),
        releases=pl.DataFrame(
            {"release_id": ["y1", "y2"], "title": ["DAYS", "Nights"], "artist_ids": [["x1"], ["x1"]]}
        ),
        tracks=pl.DataFrame(
            {
                "track_id": ["u1", "u2", "u3", "u4", "u5"],
                "title": titles,
                "artist_ids": [["x1"], ["x1"], ["x2"], ["x3", "x1"], ["x1"]],
                "release_id": ["y1", "y2", None, None, "y1"],
                "isrc": ["SEABC1200001", None, None, None, "SEABC1200005"],
            }
        ),
        listens=pl.DataFrame(
            {
                "listener_id": ["me"] * 5,
                "track_id": ["u1", "u2", "u3", "u4", "u5"],
                "time": [when(day) for day in range(1, 6)],
            }
        ),
        feedback=pl.DataFrame({"listener_id": ["me"], "artist_id": ["x2"], "kind": ["like"]}),
        playlists=pl.DataFrame({"playlist_id": ["p"], "listener_id": ["me"], "track_ids": [["u5", "u4", "u1", "u5"]]}),
    )


def test_what_is_there_already_keeps_its_ids_everywhere(incoming, existing):
    aligned, report = align(incoming, existing)
    assert aligned.listens["track_id"].cast(pl.String).to_list() == ["t1", "u2", "t2", "u4", "t1"]
    assert aligned.playlists["track_ids"].to_list() == [["t1", "u4", "t1", "t1"]]
    assert aligned.feedback["artist_id"].cast(pl.String).to_list() == ["a2"]
    artists = dict(aligned.tracks.select("track_id", "artist_ids").iter_rows())
    assert artists == {"t1": ["a1"], "t2": ["a2"], "u2": ["a1"], "u4": ["x3", "a1"]}
    assert report.tracks == Joined(text=1, version=1, fuzzy=1, new=2)
    assert report.artists == Joined(text=1, fuzzy=1, new=1)
    assert report.releases == Joined(text=1, new=1)
    assert "1 text" in str(report)


def test_the_merged_library_holds_together_and_says_what_it_said(incoming, existing):
    aligned, _ = align(incoming, existing)
    assert aligned.problems() == []
    merged = existing.merge(aligned)
    assert merged.problems() == []
    titles = dict(merged.tracks.select("track_id", "title").iter_rows())
    assert titles == {"t1": "Lantern", "t2": "The Long Way Round", "u2": "Lantern (Live)", "u4": "New Song"}
    first = merged.tracks.filter(pl.col("track_id") == "t1").row(0, named=True)
    # Filled from the row that is the same track, not from its remaster.
    assert (first["isrc"], first["popularity"]) == ("SEABC1200001", 50)
    assert merged.artists["name"].to_list() == ["The Larks", "Gull Choir", "Newcomer"]


def test_a_live_version_is_a_track_of_its_own_in_the_same_work(incoming, existing):
    aligned, _ = align(incoming, existing)
    live = aligned.tracks.filter(pl.col("track_id") == "u2").row(0, named=True)
    assert (live["kind"], live["work_id"]) == ("live", "their-own-work")


def test_aligning_again_finds_everything_by_id(incoming, existing):
    merged = existing.merge(align(incoming, existing)[0])
    again, report = align(align(incoming, existing)[0], merged)
    assert (report.tracks.id, report.tracks.new) == (4, 0)
    assert merged.merge(again).fingerprint() == merged.fingerprint()


def test_an_artist_whose_name_is_only_alike_and_shares_no_track_stays_another():
    one = Library.of(artists=pl.DataFrame({"artist_id": ["a"], "name": ["Selena"]}))
    other = Library.of(artists=pl.DataFrame({"artist_id": ["b"], "name": ["Elena"]}))
    assert align(other, one)[0].artists["artist_id"].to_list() == ["b"]


def test_an_outside_id_goes_before_names():
    uri = "spotify:artist:1"
    one = Library.of(
        artists=pl.DataFrame({"artist_id": ["a", "b"], "name": ["Nova", "Other"], "spotify_uri": [None, uri]})
    )
    other = Library.of(artists=pl.DataFrame({"artist_id": ["x"], "name": ["Nova"], "spotify_uri": [uri]}))
    aligned, report = align(other, one)
    assert aligned.artists["artist_id"].to_list() == ["b"]
    assert report.artists == Joined(id=1)


def test_aligning_to_or_from_nothing_changes_no_id(incoming):
    aligned, report = align(incoming, Library())
    assert aligned.tracks["track_id"].to_list() == incoming.tracks["track_id"].to_list()
    assert report.tracks == Joined(new=5)
    nothing, report = align(Library(), incoming)
    assert nothing.counts() == Library().counts()
    assert report.tracks == Joined()


def test_works_and_kinds_are_filled_only_where_they_are_missing():
    titles = ["Lantern", "Lantern - Live", "Lantern (Remix)", "Other"]
    library = Library.of(
        artists=pl.DataFrame({"artist_id": ["a"], "name": ["The Larks"]}),
        tracks=pl.DataFrame(
            {
                "track_id": ["1", "2", "3", "4"],
                "title": titles,
                "artist_ids": [["a"]] * 3 + [None],
                "kind": [None, None, "cover", None],
                "work_id": [None, "w", None, None],
            }
        ),
    )
    filled = with_works(library).tracks
    assert filled["kind"].to_list() == ["original", "live", "cover", "original"]
    assert filled["work_id"].to_list() == ["w", "w", "w", work_id(None, "Other")]
    assert with_works(Library()).tracks.height == 0

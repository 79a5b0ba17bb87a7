from datetime import date

import polars as pl
import pytest

from segue.engine import Engine, History, Snapshots, train
from segue.engine.histories import match_library, understand
from segue.library import Library
from segue.sources.personal import Collection, Mention

ARTISTS = {"larks": "The Larks", "gull": "Gull Choir", "tern": "Ada Tern"}
TRACKS = [
    ("lantern-1999", "Lantern", "larks", date(1999, 3, 1), "r-days"),
    ("lantern-2011", "Lantern - 2011 Remaster", "larks", date(2011, 5, 1), "r-best"),
    ("lantern-live", "Lantern (Live)", "larks", None, "r-live"),
    ("reeds", "Reeds", "gull", None, "r-days"),
    ("year", "Tide (2011)", "gull", date(1990, 1, 1), None),
    ("unheard", "Quiet Pier", "tern", None, None),
]


@pytest.fixture(scope="module")
def library() -> Library:
    """Six tracks by three artists; nobody has played the one by Ada Tern."""
    ids, titles, artists, dates, releases = map(list, zip(*TRACKS, strict=True))
    heard = [track_id for track_id in ids if track_id != "unheard"]
    return Library.of(
        artists=pl.DataFrame({"artist_id": list(ARTISTS), "name": list(ARTISTS.values())}),
        releases=pl.DataFrame(
            {
                "release_id": ["r-days", "r-best", "r-live"],
                "title": ["Days", "Best Of", "At Sea"],
                "date": [date(1999, 3, 1), date(2011, 5, 1), date(2005, 1, 1)],
            }
        ),
        tracks=pl.DataFrame(
            {"track_id": ids, "title": titles, "artist_ids": [[one] for one in artists], "date": dates,
             "release_id": releases}
        ),
        listens=pl.DataFrame(
            {"listener_id": [f"u{n}" for n in range(4) for _ in heard], "track_id": heard * 4, "plays": [1] * 4 * len(heard)}
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def engines(library, tmp_path_factory) -> dict[str, Engine]:
    found = {}
    for level in ("track", "release", "artist"):
        home = tmp_path_factory.mktemp(level)
        train(library, Snapshots(home), model="popularity", level=level, measure=False)
        found[level] = Engine.open(home)
    return found


def playlist(*tracks: tuple[str, str]) -> Library:
    found = Collection("test")
    found.playlist("Walks", [Mention(title, (artist,)) for artist, title in tracks])
    return found.library()


def test_each_track_of_a_playlist_is_matched_or_has_what_comes_near(library, engines):
    brought = match_library(
        playlist(
            ("The Larks", "LANTERN"), ("Gull Quire", "Reeds"), ("The Larks", "Lanterm"), ("Ada Tern", "Quiet Pier"),
            ("Somebody", "Xyzzy"), ("The Larks", "LANTERN"),
        ),
        library, engines["track"],
    )  # fmt: skip
    assert brought.history == History.of({"lantern-1999": 3.0})
    assert sorted((one.asked, one.name) for one in brought.matched) == [
        ("The Larks - LANTERN", "The Larks - Lantern"), ("The Larks - Lanterm", "The Larks - Lantern"),
    ]  # fmt: skip
    missed = {one.asked: (one.unheard, one.closest) for one in brought.unmatched}
    assert missed == {
        "Gull Quire - Reeds": (False, ("Gull Choir - Reeds",)),
        "Ada Tern - Quiet Pier": (True, ()),
        "Somebody - Xyzzy": (False, ()),
    }


def test_a_playlist_is_matched_by_ids_whatever_the_names_say(library, engines):
    known = Library.of(
        artists=library.artists,
        tracks=library.tracks.with_columns(isrc=pl.when(pl.col("track_id") == "reeds").then(pl.lit("SEABC1200001"))),
    )
    found = Collection("test")
    found.playlist("Walks", [Mention("Nothing", ("Nobody",), isrc="SEABC1200001")])
    brought = match_library(found.library(), known, engines["track"])
    assert brought.history == History.of({"reeds": 1.0})
    by_id = Library.of(
        playlists=pl.DataFrame({"playlist_id": ["p"], "track_ids": [["reeds"]]}),
        tracks=pl.DataFrame({"track_id": ["reeds"], "title": ["?"]}),
    )
    same = match_library(by_id, known, engines["track"])
    assert same.history == History.of({"reeds": 1.0})


def test_at_release_and_artist_level_tracks_stand_for_theirs(library, engines):
    personal = playlist(
        ("The Larks", "Lantern"), ("Gull Choir", "Reeds"), ("Gul Choir", "Reeds"), ("Somebody", "Xyzzy")
    )
    assert match_library(personal, library, engines["release"]).history == History.of({"r-days": 3.0})
    brought = match_library(personal, library, engines["artist"])
    assert brought.history == History.of({"gull": 2.0, "larks": 1.0})
    assert [one.asked for one in brought.unmatched] == ["Somebody"]


def test_an_artist_whose_name_does_not_tell_is_known_by_a_track(library, engines):
    # 84 alike: not enough for a name alone.
    personal = playlist(("Larkes", "Lantern"))
    brought = match_library(personal, library, engines["artist"])
    assert brought.history == History.of({"larks": 1.0})


@pytest.mark.parametrize(
    ("asked", "track_id"),
    [
        ("The Larks - Lantern", "lantern-1999"),
        ("The Larks - Lantern (2011)", "lantern-2011"),
        ("larks - lanterm [2011]", "lantern-2011"),
        ("The Larks - Lantern (1999)", "lantern-1999"),
        # Only its release has a date.
        ("The Larks - Lantern (2005)", "lantern-live"),
        ("The Larks - Lantern (1971)", "lantern-1999"),
        # A year that is part of the title.
        ("Gull Choir - Tide (2011)", "year"),
    ],
)
def test_a_year_picks_among_versions(library, engines, asked, track_id):
    [found] = understand([asked], library, engines["track"])
    assert found.item_ids == (track_id,)

from datetime import UTC, datetime

import polars as pl
import pytest

from segue.errors import BadFile
from segue.sources.base import Rejects
from segue.sources.lastfm_csv import SOURCE
from segue.sources.registry import detect, read
from tests.sources.samples_exports import ARTIST, RECORDING, lastfm_csv, write

HEADER = "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"


def plays(library):
    return dict(library.listens.select(pl.col("track_id").cast(pl.String), "time").iter_rows())


def test_rows_without_a_header_are_artist_album_track_and_date(tmp_path):
    library = read([lastfm_csv(tmp_path)]).library
    assert plays(library) == {
        "track:larks/lantern": datetime(2021, 2, 3, 21, 0, tzinfo=UTC),
        "track:oresund/docks-again": datetime(2021, 2, 3, 21, 5, tzinfo=UTC),
        "track:larks/reeds": None,
    }
    assert library.releases["title"].to_list() == ["Days"]


def test_rows_under_a_header_have_ids_and_seconds(tmp_path):
    row = f'1612386000,"03 Feb 2021, 21:00",The Larks,{ARTIST},Days,,Lantern,{RECORDING}\n'
    path = write(tmp_path / "recenttracks.csv", HEADER + row)
    assert detect(path) == "lastfm-csv"
    library = read([path]).library
    assert plays(library) == {f"mbid:{RECORDING}": datetime(2021, 2, 3, 21, 0, tzinfo=UTC)}
    assert library.artists["mbid"].to_list() == [ARTIST]


@pytest.mark.parametrize("uts", ["0", "60", ""])
def test_bogus_and_missing_dates_are_plays_without_a_time(tmp_path, uts):
    row = f"{uts},,The Larks,,Days,,Lantern,\n"
    library = read([write(tmp_path / "a.csv", HEADER + row * 3)]).library
    assert library.listens.select("time", "plays").rows() == [(None, 3)]


def test_bad_rows_are_rejected_with_their_line_and_the_rest_is_read(tmp_path):
    text = (
        "The Larks,Days,Lantern,03 Feb 2021 21:00\n"
        "The Larks,Days,Lantern\n"
        "The Larks,Days,,03 Feb 2021 21:00\n"
        'The Larks,"Days,Lantern,03 Feb 2021 21:00\n'
        "The Larks,Days,Reeds,33 Feb 2021 21:00\n"
        "The Larks,Days,Reeds,04 Feb 2021 21:00\n"
        "The Larks,Days,Reeds,05 Feb 2021 21:00\n"
    )
    result = read([write(tmp_path / "a.csv", text)], "lastfm-csv")
    assert result.library.listens.height == 3
    assert [(row.line, row.why) for row in result.rejects.rows] == [
        (2, "has 1 fields too few"),
        (3, "names no artist and track"),
        (4, "is not well quoted CSV"),
        (5, "has a date that cannot be read: '33 Feb 2021 21:00'"),
    ]


def test_a_file_of_something_else_is_refused(tmp_path):
    with pytest.raises(BadFile, match="no scrobbles"):
        SOURCE.read(write(tmp_path / "a.csv", "a,b\n1,2\n"), Rejects())

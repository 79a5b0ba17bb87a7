import json
from datetime import UTC, datetime

import polars as pl
import pytest

from segue.errors import BadFile
from segue.sources.base import Rejects
from segue.sources.registry import detect, read
from segue.sources.spotify_account import SOURCE
from tests.sources.samples_exports import (
    ACCOUNT_LIBRARY,
    ACCOUNT_PLAYLISTS,
    DOCKS,
    LANTERN,
    account_play,
    spotify_account,
    write,
)  # fmt: skip


def test_plays_playlists_and_saved_tracks_join_up(tmp_path):
    library = read([spotify_account(tmp_path)]).library
    # The history tells no URI; the playlist and the library do.
    assert library.listens["track_id"].cast(pl.String).to_list() == [LANTERN]
    assert library.listens["time"].to_list() == [datetime(2021, 2, 3, 21, 0, tzinfo=UTC)]
    [playlist] = library.playlists.to_dicts()
    assert (playlist["title"], playlist["track_ids"]) == ("Harbour walks", [DOCKS, LANTERN])
    assert playlist["modified"] == datetime(2021, 3, 4, tzinfo=UTC)
    said = library.feedback.select(pl.col("track_id", "artist_id").cast(pl.String), "kind").rows()
    assert said == [
        (LANTERN, None, "like"),
        ("spotify:track:" + "R" * 22, None, "never"),
        (None, "artist:oresund", "like"),
        (None, "artist:gull-choir", "never"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "table"),
    [
        ("StreamingHistory0.json", [account_play()], "listens"),
        ("Playlist1.json", ACCOUNT_PLAYLISTS, "playlists"),
        ("YourLibrary.json", ACCOUNT_LIBRARY, "feedback"),
    ],
)
def test_each_file_is_read_alone_too(tmp_path, name, content, table):
    path = write(tmp_path / name, json.dumps(content))
    assert detect(path) == "spotify-account"
    assert getattr(read([path]).library, table).height > 0


def test_podcasts_are_of_their_kind(tmp_path):
    row = {"endTime": "2021-02-03 21:03", "podcastName": "The Sea Hour", "episodeName": "On Tides", "msPlayed": 1000}
    library = read([write(tmp_path / "StreamingHistory_podcast_0.json", json.dumps([row]))]).library
    assert library.tracks.select("title", "kind").rows() == [("On Tides", "podcast")]


def test_bad_rows_are_rejected_with_their_place_and_the_rest_is_read(tmp_path):
    rows = [account_play(endTime="never"), account_play(trackName=None), None, account_play()]
    result = read([write(tmp_path / "StreamingHistory0.json", json.dumps(rows))])
    assert result.library.listens.height == 1
    assert [row.line for row in result.rejects.rows] == [1, 2, 3]


def test_a_playlist_item_without_a_track_is_rejected_and_the_playlist_stays(tmp_path):
    items = [{"track": None, "episode": None, "localTrack": None}, *ACCOUNT_PLAYLISTS["playlists"][0]["items"]]
    content = {"playlists": [{"name": "Walks", "lastModifiedDate": "2021-03-04", "items": items}]}
    result = read([write(tmp_path / "Playlist1.json", json.dumps(content))])
    assert result.library.playlists["track_ids"].to_list() == [[DOCKS, LANTERN]]
    assert [row.why for row in result.rejects.rows] == ["playlist 'Walks', item 1: names no track"]


def test_two_playlists_of_one_name_are_two(tmp_path):
    content = {"playlists": ACCOUNT_PLAYLISTS["playlists"] * 2}
    library = read([write(tmp_path / "Playlist1.json", json.dumps(content))]).library
    assert library.playlists["playlist_id"].n_unique() == 2


def test_what_holds_no_account_data_is_refused(tmp_path):
    with pytest.raises(BadFile, match="no Spotify account data"):
        SOURCE.read(write(tmp_path / "Playlist1.json", '{"other": 1}'), Rejects())

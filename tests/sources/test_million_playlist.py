import json
import zipfile
from datetime import UTC, datetime

import pytest

from segue.errors import BadFile
from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import million_playlist, slice_of, write

A, B = f"spotify:track:{'A' * 22}", f"spotify:track:{'B' * 22}"


def test_playlists_keep_order_and_repeats_and_tracks_are_there_once(tmp_path):
    library = read([million_playlist(tmp_path)]).library
    assert library.playlists["playlist_id"].to_list() == [f"mpd:playlist:{pid}" for pid in (0, 1, 1000)]
    first = library.playlists.to_dicts()[0]
    assert first["track_ids"] == [A, B, A]
    assert (first["title"], first["followers"], first["listener_id"]) == ("list 0", 2, None)
    assert first["modified"] == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert library.tracks.select("track_id", "title", "artist_ids", "release_id", "duration_ms").rows() == [
        (A, "Song A", ["spotify:artist:L"], "spotify:album:D", 1000),
        (B, "Song B", ["spotify:artist:L"], "spotify:album:D", 1000),
    ]
    assert library.artists.select("artist_id", "name").rows() == [("spotify:artist:L", "The Larks")]
    assert library.releases.select("release_id", "title").rows() == [("spotify:album:D", "Days")]


def test_one_slice_a_zip_and_the_unpacked_data_folder_are_recognised(tmp_path):
    folder = million_playlist(tmp_path)
    whole = read([folder]).library.fingerprint()
    with zipfile.ZipFile(tmp_path / "mpd.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"data/{file.name}")
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    (unpacked / "README.md").write_text("a data set")
    folder.rename(unpacked / "data")
    for path in (tmp_path / "mpd.zip", unpacked):
        assert detect(path) == "million-playlist"
        assert read([path]).library.fingerprint() == whole
    one = unpacked / "data" / "mpd.slice.1000-1999.json"
    assert detect(one) == "million-playlist"
    assert read([one]).library.playlists.height == 1


def changed(change):
    content = json.loads(slice_of(0, 1))
    change(content["playlists"])
    return json.dumps(content)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda lists: lists[1].update(pid="x"), "playlists[1]: pid 'x' is not a number from 0 to 9007199254740992"),
        (lambda lists: lists[1].pop("pid"), "playlists[1]: pid is missing"),
        (lambda lists: lists[1].update(pid=0), "playlists[1]: repeats pid 0"),
        (
            lambda lists: lists[1].update(num_followers=-1),
            "playlists[1]: num_followers '-1' is not a number from 0 to 2147483647",
        ),
        (lambda lists: lists[1].update(name=7), "playlists[1]: name is not text"),
        (lambda lists: lists[1].update(name="\ud800"), "playlists[1]: name is not text"),
        (lambda lists: lists[1].update(tracks=None), "playlists[1]: has no list of tracks"),
        (lambda lists: lists.__setitem__(1, []), "playlists[1]: is not an object"),
        (lambda lists: lists[0]["tracks"][1].pop("track_name"), "playlists[0].tracks[1]: track_name is missing"),
        (lambda lists: lists[1]["tracks"].append(1), "playlists[1].tracks[3]: is not an object"),
        (
            lambda lists: lists[0]["tracks"][0].update(track_uri="file:///etc"),
            "playlists[0].tracks[0]: track_uri 'file:///etc' is not a Spotify URI",
        ),
    ],
)
def test_a_bad_playlist_or_track_is_rejected_and_the_others_stay(change, why, tmp_path):
    path = write(tmp_path, {"mpd.slice.0-999.json": changed(change)}) / "mpd.slice.0-999.json"
    reading = read([path])
    assert [reject.why for reject in reading.rejects.rows] == [why]
    assert reading.library.problems() == []
    assert "mpd:playlist:0" in reading.library.playlists["playlist_id"]


def test_a_damaged_slice_of_several_is_rejected(tmp_path):
    folder = million_playlist(tmp_path)
    (folder / "mpd.slice.2000-2999.json").write_text(slice_of(2000)[:200])
    reading = read([folder])
    [reject] = reading.rejects.rows
    assert reject.file.endswith("mpd.slice.2000-2999.json")
    assert reject.why.startswith("is not a slice of the Million Playlist Dataset: ")
    assert reading.library.playlists.height == 3


def test_a_damaged_slice_alone_is_refused(tmp_path):
    path = write(tmp_path, {"mpd.slice.0-999.json": slice_of(0)[:-20]}) / "mpd.slice.0-999.json"
    with pytest.raises(BadFile, match="is not a slice of the Million Playlist Dataset"):
        read([path])

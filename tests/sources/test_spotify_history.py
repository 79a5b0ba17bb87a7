import json
from datetime import UTC, datetime

import polars as pl
import pytest

from segue.errors import BadFile
from segue.library.matching import text_id
from segue.sources.base import Rejects
from segue.sources.registry import detect, read
from segue.sources.spotify_history import SOURCE, SpotifyHistory
from tests.sources.samples_exports import (
    EPISODE,
    HISTORY,
    LANTERN,
    episode_row,
    history_row,
    spotify_history,
    write,
    zipped,
)


def reading(folder, *rows, source=SOURCE):
    rejects = Rejects()
    path = write(folder / "endsong_0.json", json.dumps(rows))
    return source.read(path, rejects), rejects


def plays(library):
    return library.listens.with_columns(pl.col("track_id").cast(pl.String))


def test_a_play_began_before_the_time_it_ended(tmp_path):
    library, _ = reading(tmp_path, history_row(ts="2021-02-03T21:03:00Z", ms_played=180_000))
    [row] = plays(library).to_dicts()
    assert row == {
        "listener_id": "me", "track_id": LANTERN, "artist_id": None, "time": datetime(2021, 2, 3, 21, 0, tzinfo=UTC),
        "position": None, "ms_played": 180_000, "skipped": False, "plays": 1, "source": "spotify-history",
    }  # fmt: skip


def test_the_track_its_artist_and_its_release_are_known(tmp_path):
    library, _ = reading(tmp_path, history_row())
    track = library.tracks.row(0, named=True)
    assert (track["track_id"], track["title"], track["spotify_uri"]) == (LANTERN, "Lantern", LANTERN)
    assert track["artist_ids"] == [text_id("artist", "The Larks")]
    assert library.artists["name"].to_list() == ["The Larks"]
    assert library.releases["title"].to_list() == ["Days"]


@pytest.mark.parametrize(
    ("changes", "skipped"),
    [
        ({"skipped": True}, True),
        ({"skipped": None, "reason_end": "fwdbtn", "ms_played": 29_999}, True),
        ({"skipped": None, "reason_end": "fwdbtn", "ms_played": 30_000}, False),
        ({"skipped": None, "reason_end": "trackdone", "ms_played": 5_000}, False),
    ],
)
def test_what_was_moved_on_from_is_skipped(tmp_path, changes, skipped):
    library, _ = reading(tmp_path, history_row(**changes))
    assert library.listens["skipped"].to_list() == [skipped]


def test_episodes_and_audiobooks_are_of_their_kind(tmp_path):
    book = episode_row(episode_name=None, audiobook_title="The Heron", audiobook_uri="spotify:show:" + "H" * 22)
    library, rejects = reading(tmp_path, episode_row(), book)
    kinds = dict(library.tracks.select("title", "kind").iter_rows())
    assert kinds == {"On Tides": "podcast", "The Heron": "audiobook"}
    assert library.tracks["track_id"][0] == EPISODE
    assert len(rejects) == 0


def test_private_sessions_stay_out_unless_asked_for(tmp_path):
    private = history_row(incognito_mode=True, ts="2021-02-05T00:00:00Z")
    assert reading(tmp_path, history_row(), private)[0].listens.height == 1
    assert (
        reading(tmp_path, history_row(), private, source=SpotifyHistory(private_sessions=True))[0].listens.height == 2
    )


def test_what_never_sounded_is_no_play(tmp_path):
    library, rejects = reading(tmp_path, history_row(), history_row(ms_played=0, ts="2021-02-05T00:00:00Z"))
    assert (library.listens.height, len(rejects)) == (1, 0)


def test_bad_rows_are_rejected_with_their_place_and_the_rest_is_read(tmp_path):
    bad = [history_row(ts="yesterday"), history_row(ms_played="long"), episode_row(episode_name=None), 7]
    library, rejects = reading(tmp_path, *bad, history_row())
    assert library.listens.height == 1
    assert [(row.line, row.why) for row in rejects.rows] == [
        (1, "has no time in ts: 'yesterday'"),
        (2, "has no length in ms_played: 'long'"),
        (3, "names no track, episode or audiobook"),
        (4, "is not a JSON object"),
    ]


def test_a_play_told_by_two_files_is_one(tmp_path):
    content = json.dumps([history_row()])
    path = zipped(tmp_path / "a.zip", {"endsong_0.json": content, "endsong_1.json": content})
    assert read([path]).library.listens.height == 1


def test_a_reject_inside_a_zip_names_archive_and_member(tmp_path):
    path = zipped(tmp_path / "a.zip", {HISTORY: json.dumps([history_row(), history_row(ts=None)])})
    [reject] = read([path]).rejects.rows
    assert (reject.file, reject.line) == (f"{path}/{HISTORY}", 2)


def test_the_unpacked_folder_and_a_single_file_are_recognised_too(tmp_path):
    write(tmp_path / "unpacked" / HISTORY, json.dumps([history_row()]))
    for path in (tmp_path / "unpacked", tmp_path / "unpacked" / HISTORY, spotify_history(tmp_path)):
        assert detect(path) == "spotify-history"
        assert LANTERN in read([path]).library.tracks["track_id"]


def test_a_file_that_is_cut_off_gives_the_plays_before(tmp_path):
    whole = json.dumps([history_row(), history_row(ts="2021-02-05T00:00:00Z")])
    path = write(tmp_path / "endsong_0.json", whole[:-20])
    result = read([path])
    assert result.library.listens.height == 1
    assert "breaks off" in result.rejects.rows[0].why


def test_a_history_with_nothing_to_read_is_refused(tmp_path):
    path = write(tmp_path / "endsong_0.json", "[]")
    with pytest.raises(BadFile, match="no plays"):
        SOURCE.read(path, Rejects())

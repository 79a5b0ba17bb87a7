from datetime import UTC, datetime

import polars as pl
import pytest

from segue.errors import BadFile
from segue.sources.base import Rejects
from segue.sources.listenbrainz import SOURCE
from segue.sources.registry import detect, read
from tests.sources.samples_exports import ARTIST, MAPPED, RECORDING, json_lines, listen, listenbrainz, write, zipped


def test_listens_of_every_month_and_feedback_are_read(tmp_path):
    library = read([listenbrainz(tmp_path)]).library
    plays = dict(library.listens.select(pl.col("track_id").cast(pl.String), "time").iter_rows())
    assert plays == {
        f"mbid:{RECORDING}": datetime(2021, 2, 3, 21, 0, tzinfo=UTC),
        "track:larks/reeds": datetime(2021, 2, 3, 21, 5, tzinfo=UTC),
        "track:larks/docks": datetime(2020, 2, 3, 20, 0, tzinfo=UTC),
    }
    liked = library.feedback.row(0, named=True)
    assert (liked["track_id"], liked["kind"]) == (f"mbid:{RECORDING}", "like")


def test_musicbrainz_ids_and_lengths_are_kept(tmp_path):
    library = read([write(tmp_path / "listens.jsonl", json_lines(listen(**MAPPED)))]).library
    track = library.tracks.row(0, named=True)
    assert (track["mbid"], track["duration_ms"]) == (RECORDING, 200_000)
    assert library.artists.select("artist_id", "mbid").rows() == [("artist:larks", ARTIST)]


def test_joint_credits_become_their_artists(tmp_path):
    artists = [{"artist_credit_name": "The Larks", "join_phrase": " & "}, {"artist_credit_name": "Ada"}]
    mapping = {"mbid_mapping": {"recording_mbid": RECORDING, "artists": artists}}
    library = read([write(tmp_path / "l.jsonl", json_lines(listen(artist_name="The Larks & Ada", **mapping)))]).library
    assert library.artists["name"].to_list() == ["The Larks", "Ada"]


def test_a_single_file_of_json_lines_is_recognised(tmp_path):
    path = write(tmp_path / "whatever.jsonl", json_lines(listen(), listen(1_612_386_300)))
    assert detect(path) == "listenbrainz"
    assert read([path]).library.listens.height == 2


def test_dislikes_withdrawn_feedback_and_feedback_on_the_unknown(tmp_path):
    path = zipped(
        tmp_path / "export.zip",
        {
            "listens/2021/2.jsonl": json_lines(listen(**MAPPED)),
            "feedback.jsonl": json_lines(
                {"recording_mbid": RECORDING, "score": -1},
                {"recording_mbid": RECORDING, "score": 0},
                {"recording_mbid": ARTIST, "score": 1},
            ),
        },
    )
    result = read([path])
    assert result.library.feedback["kind"].to_list() == ["dislike"]
    [reject] = result.rejects.rows
    assert (reject.file, reject.line) == (f"{path}/feedback.jsonl", 3)
    assert "no listen names" in reject.why


def test_bad_lines_are_rejected_with_their_number_and_the_rest_is_read(tmp_path):
    bad = json_lines([1], listen(title=None), listen(at="soon"))
    result = read([write(tmp_path / "l.jsonl", json_lines(listen()) + "{cut\n\n" + bad + '{"listened_at": 1')])
    assert result.library.listens.height == 1
    assert [row.line for row in result.rejects.rows] == [2, 4, 5, 6, 7]


def test_an_export_with_nothing_to_read_is_refused(tmp_path):
    with pytest.raises(BadFile, match="no listens"):
        SOURCE.read(write(tmp_path / "l.jsonl", "{}\n"), Rejects())

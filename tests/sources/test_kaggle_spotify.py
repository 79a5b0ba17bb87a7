import pytest

from segue.sources import read
from segue.sources.kaggle_spotify import artist_names
from tests.sources.samples import KAGGLE_HEADER, kaggle_spotify, write


def test_tracks_have_all_their_artists_and_what_is_known_of_them(tmp_path):
    library = read([kaggle_spotify(tmp_path)]).library
    tracks = {row["track_id"]: row for row in library.tracks.to_dicts()}
    lantern = tracks["spotify:track:k1"]
    assert lantern["title"] == "Lantern"
    assert lantern["artist_ids"] == ["artist:larks", "artist:adas-band"]
    assert lantern["explicit"] is True
    assert lantern["popularity"] == 40
    assert [tracks[f"spotify:track:k{number}"]["date_precision"] for number in (1, 2, 3)] == ["day", "year", "month"]
    assert tracks["spotify:track:k2"]["kind"] == "live"
    assert tracks["spotify:track:k3"]["tempo"] is None
    assert library.artists["name"].to_list() == ["The Larks", "Ada's Band", "Øresund"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("['One']", ["One"]),
        ("['One', \"Two's\"]", ["One", "Two's"]),
        ("['One', 'One']", ["One"]),
        (r"['Back\slash']", ["Back\\slash"]),
        (r"['\ud800']", []),
        ("[]", []),
        ("['']", []),
        ("[1]", []),
        ("One", []),
        ("['One'", []),
        ("__import__('os').getcwd()", []),
        ("[__import__('os').getcwd()]", []),
        ("[" * 5000, []),
        ("['One']" + " " * 20_000, []),
    ],
)
def test_a_list_of_artists_is_read_without_running_anything(text, names):
    assert artist_names(text) == names


def test_a_row_whose_artists_cannot_be_read_is_rejected(tmp_path):
    row = "0.5,1999,0.1,{artists},0.5,200000,0.4,0,{id},0,5,0.1,-7,1,Song,40,1999,0.05,120\n"
    rows = [row.format(artists="['The Larks']", id="k1"), row.format(artists="The Larks", id="k2")]
    path = write(tmp_path, {"data.csv": KAGGLE_HEADER + "".join(rows)}) / "data.csv"
    reading = read([path])
    assert [(reject.line, reject.why) for reject in reading.rejects.rows] == [
        (3, "artists 'The Larks' is not a list of names")
    ]
    assert reading.library.tracks["track_id"].to_list() == ["spotify:track:k1"]

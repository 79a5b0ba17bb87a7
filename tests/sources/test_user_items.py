from contextlib import suppress

import pytest

from segue.errors import BadFile, UnknownFormat
from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import user_items, write


def test_repeats_are_plays_and_tracks_are_titled_by_their_ids(tmp_path):
    library = read([user_items(tmp_path)]).library
    listens = library.listens.select("listener_id", "track_id", "plays", "source").rows()
    assert listens == [
        ("tiny-tracks:listener:0", "tiny-tracks:track:72", 2, "tiny-tracks"),
        ("tiny-tracks:listener:0", "tiny-tracks:track:73", 1, "tiny-tracks"),
        ("tiny-tracks:listener:1", "tiny-tracks:track:73", 1, "tiny-tracks"),
        ("tiny-tracks:listener:2", "tiny-tracks:track:74", 1, "tiny-tracks"),
        ("tiny-tracks:listener:2", "tiny-tracks:track:72", 3, "tiny-tracks"),
        ("tiny-tracks:listener:2", "tiny-tracks:track:75", 1, "tiny-tracks"),
    ]
    assert library.tracks.select("track_id", "title").rows() == [
        (f"tiny-tracks:track:{number}", f"Track {number}") for number in (72, 73, 74, 75)
    ]


def test_a_file_with_a_name_of_its_own_gives_it_to_its_ids(tmp_path):
    path = write(tmp_path, {"Gowalla Subset.txt": "1 2 3\n"}) / "Gowalla Subset.txt"
    assert read([path]).library.listens["source"].to_list() == ["gowalla-subset"] * 2


def test_a_listener_on_two_lines_is_one_listener(tmp_path):
    path = write(tmp_path, {"plays.txt": "1 5\n2 5\n1 5 6\n"}) / "plays.txt"
    rows = read([path]).library.listens.select("listener_id", "track_id", "plays").rows()
    assert rows == [
        ("plays:listener:1", "plays:track:5", 2),
        ("plays:listener:2", "plays:track:5", 1),
        ("plays:listener:1", "plays:track:6", 1),
    ]


@pytest.mark.parametrize(
    "text", ["1\t2\t3\n", "user item\n1 2\n", "Hello there\n", "1,2,3\n", "7\n8\n", "1 2\nsong 3\n"]
)
def test_other_text_is_not_taken_for_it(text, tmp_path):
    path = write(tmp_path, {"some.dat": text}) / "some.dat"
    with suppress(UnknownFormat):
        assert detect(path) != "user-items"


def test_bad_lines_are_rejected(tmp_path):
    path = write(tmp_path, {"plays.txt": "ada s1 s2\nbo\nada =1 s3\ncy s1\nde s4\n"}) / "plays.txt"
    reading = read([path], "user-items")
    assert [(reject.line, reject.why) for reject in reading.rejects.rows] == [
        (2, "names a listener and no track"),
        (3, "'=1' is not an id"),
    ]
    assert reading.library.listens.height == 4


def test_prose_is_refused(tmp_path):
    path = write(tmp_path, {"prose.txt": "It was, they said,\na dark night!\nNo?\n"}) / "prose.txt"
    with pytest.raises(BadFile, match="is not lines of ids"):
        read([path], "user-items")

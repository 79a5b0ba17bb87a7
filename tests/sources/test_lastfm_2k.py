import zipfile
from datetime import UTC, datetime

import pytest

from segue.errors import BadFile
from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import lastfm_2k


def test_artists_plays_and_taggings_become_tables(tmp_path):
    library = read([lastfm_2k(tmp_path)]).library
    assert library.artists.select("artist_id", "name").rows() == [
        ("lastfm-2k:artist:1", "The Larks"),
        ("lastfm-2k:artist:2", "Øresund"),
        ("lastfm-2k:artist:3", 'No "Quotes"'),
    ]
    listens = library.listens.select("listener_id", "artist_id", "plays", "time", "source").rows()
    # A weight of 0 counts as one play.
    assert listens == [
        ("lastfm-2k:listener:7", "lastfm-2k:artist:1", 30, None, "lastfm-2k"),
        ("lastfm-2k:listener:7", "lastfm-2k:artist:2", 1, None, "lastfm-2k"),
        ("lastfm-2k:listener:8", "lastfm-2k:artist:2", 5, None, "lastfm-2k"),
        ("lastfm-2k:listener:9", "lastfm-2k:artist:3", 1, None, "lastfm-2k"),
    ]
    assert set(library.listeners["listener_id"]) == {f"lastfm-2k:listener:{number}" for number in (7, 8, 9)}


def test_who_called_an_artist_what_is_kept_with_its_day_but_not_with_an_impossible_one(tmp_path):
    taggings = read([lastfm_2k(tmp_path)]).library.taggings.select("listener_id", "artist_id", "tag", "time").rows()
    assert taggings == [
        ("lastfm-2k:listener:7", "lastfm-2k:artist:1", "folk", datetime(2009, 4, 1, tzinfo=UTC)),
        ("lastfm-2k:listener:8", "lastfm-2k:artist:1", "folk", datetime(2009, 4, 2, tzinfo=UTC)),
        ("lastfm-2k:listener:7", "lastfm-2k:artist:2", "quiet", None),
    ]


def test_a_stray_latin_1_name_is_read(tmp_path):
    folder = lastfm_2k(tmp_path)
    with (folder / "artists.dat").open("ab") as file:
        file.write("4\tZoë\tu\tp\n".encode("latin-1"))
    reading = read([folder])
    assert reading.library.artists["name"].to_list()[-1] == "Zoë"
    assert len(reading.rejects) == 0


def test_plays_of_an_artist_that_has_no_name_are_rejected(tmp_path):
    folder = lastfm_2k(tmp_path)
    with (folder / "user_artists.dat").open("a") as file:
        file.write("9\t77\t3\n9\t1\t-2\n")
    reading = read([folder])
    assert sorted((reject.line, reject.why) for reject in reading.rejects.rows) == [
        (6, "artistID 77 is not in artists.dat"),
        (7, "weight '-2' is below 0"),
    ]
    assert reading.library.listens.height == 4


def test_a_zip_and_the_one_file_of_plays_give_the_same(tmp_path):
    folder = lastfm_2k(tmp_path)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"hetrec/{file.name}")
    whole = read([folder]).library.fingerprint()
    for path in (tmp_path / "set.zip", folder / "user_artists.dat"):
        assert detect(path) == "lastfm-2k"
        assert read([path]).library.fingerprint() == whole


def test_plays_alone_are_refused(tmp_path):
    folder = lastfm_2k(tmp_path)
    (folder / "artists.dat").unlink()
    with pytest.raises(BadFile, match=r"has no artists\.dat"):
        read([folder / "user_artists.dat"])

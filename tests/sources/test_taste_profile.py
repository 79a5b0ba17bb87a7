import gzip
import zipfile
from datetime import date

import pytest

from segue.errors import BadFile
from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import SONGS, USERS, song_data_text, taste_profile, triplets_text, write

PLAYS = [
    (USERS[0], SONGS[0], 3, "taste-profile"),
    (USERS[0], SONGS[1], 1, "taste-profile"),
    (USERS[1], SONGS[1], 20, "taste-profile"),
    (USERS[2], SONGS[2], 1, "taste-profile"),
]


def plays_of(library):
    return library.listens.select("listener_id", "track_id", "plays", "source").rows()


def test_triplets_alone_title_songs_by_their_ids(tmp_path):
    path = write(tmp_path, {"plays.txt": triplets_text()}) / "plays.txt"
    assert detect(path) == "taste-profile"
    library = read([path]).library
    assert plays_of(library) == PLAYS
    assert library.tracks.select("track_id", "title").rows() == [(song, song) for song in SONGS[:3]]
    assert library.listeners["listener_id"].to_list() == USERS


def test_gzipped_triplets_and_a_zip_of_them_are_the_same(tmp_path):
    (tmp_path / "plays.tsv.gz").write_bytes(gzip.compress(triplets_text().encode()))
    with zipfile.ZipFile(tmp_path / "train_triplets.txt.zip", "w") as archive:
        archive.writestr("train_triplets.txt", triplets_text())
    for name in ("plays.tsv.gz", "train_triplets.txt.zip"):
        assert detect(tmp_path / name) == "taste-profile"
        assert plays_of(read([tmp_path / name]).library) == PLAYS


def test_counts_with_an_index_column(tmp_path):
    text = ",user_id,song_id,play_count\n" + "".join(
        f"{number},{user},{song},{plays}\n" for number, (user, song, plays, _) in enumerate(PLAYS)
    )
    path = write(tmp_path, {"count_data.csv": text}) / "count_data.csv"
    assert detect(path) == "taste-profile"
    assert plays_of(read([path]).library) == PLAYS


def test_songs_alone_give_the_catalogue(tmp_path):
    path = write(tmp_path, {"song_data.csv": song_data_text()}) / "song_data.csv"
    assert detect(path) == "taste-profile"
    library = read([path]).library
    lantern, docks, reeds = library.tracks.to_dicts()
    assert (lantern["title"], lantern["artist_ids"]) == ("Lantern", ["artist:larks"])
    assert (lantern["date"], lantern["date_precision"]) == (date(1999, 1, 1), "year")
    # The year 0 stands for a year nobody knows.
    assert (docks["date"], docks["date_precision"]) == (None, None)
    assert docks["release_id"] == reeds["release_id"] != lantern["release_id"]
    assert library.releases.select("title", "artist_ids").rows() == [
        ("Days, Nights", ["artist:larks"]),
        ("Harbour", ["artist:oresund"]),
    ]


def test_unique_tracks_name_songs(tmp_path):
    lines = f"TR{'A' * 16}<SEP>{SONGS[0]}<SEP>The Larks<SEP>Lantern\nTR{'B' * 16}<SEP>{SONGS[0]}<SEP>The Larks<SEP>Lantern (Live)\n"
    path = write(tmp_path, {"unique_tracks.txt": lines}) / "unique_tracks.txt"
    assert detect(path) == "taste-profile"
    library = read([path]).library
    assert library.tracks.select("track_id", "title").rows() == [(SONGS[0], "Lantern")]


def test_a_directory_puts_plays_and_names_together(tmp_path):
    library = read([taste_profile(tmp_path)]).library
    assert plays_of(library) == PLAYS
    titles = dict(library.tracks.select("track_id", "title").rows())
    # Song C was played and no list names it; song D is listed and nobody played it.
    assert titles == {SONGS[0]: "Lantern", SONGS[1]: "Docks", SONGS[2]: SONGS[2], SONGS[3]: "Reeds"}


def test_bad_triplets_are_rejected(tmp_path):
    text = triplets_text() + f"{USERS[0]}\t{SONGS[0]}\t1\n{USERS[0]}\t{SONGS[3]}\t0\n{USERS[0]}\t{SONGS[3]}"
    path = write(tmp_path, {"plays.txt": text}) / "plays.txt"
    reading = read([path])
    assert [(reject.line, reject.why) for reject in reading.rejects.rows] == [
        (5, "repeats the user_id and song_id of an earlier row"),
        (6, "play_count '0' is below 1"),
        (7, "play_count is missing"),
    ]
    assert plays_of(reading.library) == PLAYS


def test_a_directory_without_its_files_is_refused(tmp_path):
    with pytest.raises(BadFile, match="has no file of the Taste Profile"):
        read([write(tmp_path / "empty", {"notes.md": "nothing"})], "taste-profile")


def test_a_file_of_the_directory_that_is_no_longer_what_it_was_is_rejected_not_passed_over(tmp_path):
    folder = write(tmp_path, {"unique_tracks.txt": f"TR{'A' * 16}<SEP>{SONGS[0]}<SEP>The Larks<SEP>Lantern\n"})
    (folder / "train_triplets.txt").write_bytes("x\ty\t1\n".encode("utf-16"))
    reading = read([folder])
    assert reading.library.counts()["tracks"] == 1
    assert [row.why for row in reading.rejects.rows] == [
        "does not begin like a file of the Taste Profile: it was left out"
    ]

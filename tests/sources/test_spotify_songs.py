from datetime import date

import pytest

from segue.sources import read
from tests.sources.samples import SPOTIFY_SONGS_HEADER, spotify_songs, write

ROW = "{track},{name},{artist},50,alb1,Days,2019-06-14,Mix,pl1,pop,dance pop,0.5,0.7,5,-6,1,0.05,0.2,0,0.1,0.9,120,200000\n"


def one(library, table, column, value):
    [row] = getattr(library, table).filter(**{column: value}).to_dicts()
    return row


def test_a_track_in_several_playlists_is_one_track_with_all_their_genres(tmp_path):
    library = read([spotify_songs(tmp_path)]).library
    assert library.tracks["track_id"].to_list() == ["spotify:track:tA", "spotify:track:tB", "spotify:track:tC"]
    morning = one(library, "tracks", "track_id", "spotify:track:tA")
    assert morning["title"] == "Morning, Again"
    assert morning["artist_ids"] == ["artist:larks"]
    assert morning["release_id"] == "spotify:album:alb1"
    # It stands twice under rock, once under pop.
    assert morning["genres"] == ["rock", "pop"]
    assert set(morning["subgenres"]) == {"dance pop", "album rock", "hard rock"}
    assert (morning["popularity"], morning["duration_ms"], morning["key"], morning["mode"]) == (66, 200_000, 5, 1)
    assert (morning["danceability"], morning["loudness"], morning["tempo"]) == (0.5, -6.5, 120)
    assert morning["spotify_uri"] == "spotify:track:tA"


def test_dates_keep_how_much_of_them_is_known(tmp_path):
    library = read([spotify_songs(tmp_path)]).library
    known = {row["title"]: (row["date"], row["date_precision"]) for row in library.tracks.to_dicts()}
    assert known == {
        "Morning, Again": (date(2019, 6, 14), "day"),
        "Harbour - Live": (date(2012, 1, 1), "year"),
        "Lantern": (date(2019, 6, 1), "month"),
    }


def test_an_unknown_key_and_a_tempo_of_nothing_are_null(tmp_path):
    harbour = one(read([spotify_songs(tmp_path)]).library, "tracks", "track_id", "spotify:track:tB")
    assert harbour["key"] is None
    assert harbour["tempo"] is None
    assert harbour["kind"] == "live"


def test_playlists_keep_the_order_of_the_file(tmp_path):
    library = read([spotify_songs(tmp_path)]).library
    slow = one(library, "playlists", "playlist_id", "spotify:playlist:pl2")
    assert slow["title"] == "Slow"
    assert slow["track_ids"] == ["spotify:track:tA", "spotify:track:tC"]
    assert slow["genres"] == ["rock", "album rock", "hard rock"]
    assert slow["listener_id"] is None


def test_releases_have_the_artists_of_their_tracks(tmp_path):
    library = read([spotify_songs(tmp_path)]).library
    days = one(library, "releases", "release_id", "spotify:album:alb1")
    assert (days["title"], days["artist_ids"], days["spotify_uri"]) == ("Days", ["artist:larks"], "spotify:album:alb1")
    assert library.artists.select("artist_id", "name").rows() == [
        ("artist:larks", "The Larks"),
        ("artist:oresund", "Øresund"),
    ]


@pytest.mark.parametrize("name", ["", "NA"])
def test_rows_without_a_name_are_rejected(name, tmp_path):
    rows = [ROW.format(track=f"t{number}", name=f"Song {number}", artist="The Larks") for number in range(3)]
    rows.append(ROW.format(track="t9", name=name, artist=name))
    path = write(tmp_path, {"spotify_songs.csv": SPOTIFY_SONGS_HEADER + "".join(rows)}) / "spotify_songs.csv"
    reading = read([path])
    assert [(reject.line, reject.why) for reject in reading.rejects.rows] == [(5, "track_name is missing")]
    assert reading.library.tracks.height == 3


def test_columns_that_tracks_can_do_without_may_be_absent(tmp_path):
    names = SPOTIFY_SONGS_HEADER.replace("playlist_subgenre", "other").replace("tempo", "pace")
    text = names + ROW.format(track="t1", name="Lantern", artist="The Larks")
    library = read([write(tmp_path, {"spotify_songs.csv": text}) / "spotify_songs.csv"]).library
    [track] = library.tracks.to_dicts()
    assert (track["title"], track["genres"], track["subgenres"], track["tempo"]) == ("Lantern", ["pop"], None, None)


def test_a_value_out_of_range_is_rejected(tmp_path):
    rows = [ROW.format(track=f"t{number}", name="Song", artist="The Larks") for number in range(2)]
    rows.append(rows[0].replace("t0,", "t2,").replace(",0.5,0.7,", ",1.5,0.7,"))
    path = write(tmp_path, {"spotify_songs.csv": SPOTIFY_SONGS_HEADER + "".join(rows)}) / "spotify_songs.csv"
    assert [reject.why for reject in read([path]).rejects.rows] == ["danceability '1.5' is above 1"]

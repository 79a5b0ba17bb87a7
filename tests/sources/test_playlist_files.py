"""M3U, XSPF, JSPF, Exportify's CSV and plain lines: each file is one playlist."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from segue.errors import BadFile
from segue.sources.lines import parse_line
from segue.sources.registry import detect, read
from tests.sources.samples_exports import (
    ARTIST,
    DOCKS,
    EXPORTIFY,
    JSPF,
    LANTERN,
    RECORDING,
    XSPF,
    exportify,
    jspf,
    lines,
    m3u,
    write,
    xspf,
)  # fmt: skip


def named(library) -> list[tuple[str, list[str]]]:
    """Title and artists of the tracks, in the order of the one playlist."""
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    rows = library.tracks.select("track_id", "title", "artist_ids").iter_rows()
    tracks = {key: (title, [names[one] for one in artists or ()]) for key, title, artists in rows}
    [order] = library.playlists["track_ids"].to_list()
    return [tracks[track_id] for track_id in order]


# -- M3U ---------------------------------------------------------------------------------------------------------


def test_m3u_takes_names_from_extinf_or_the_file_name(tmp_path):
    library = read([m3u(tmp_path)]).library
    assert named(library) == [
        ("Lantern", ["The Larks"]),
        ("Docks - Live", ["Øresund"]),
        ("Reeds", ["Gull Choir"]),
    ]
    assert library.tracks["duration_ms"].to_list() == [200_000, None, None]
    assert library.playlists["title"].to_list() == ["Harbour walks"]
    assert library.releases["title"].to_list() == ["Days"]


def test_m3u_without_any_directive_is_a_list_of_files(tmp_path):
    path = write(tmp_path / "walks.m3u", "C:\\Music\\03 - The Larks - Lantern.mp3\nfile:///m/Øresund%20-%20Docks.ogg\n")
    assert detect(path) == "m3u"
    assert named(read([path]).library) == [("Lantern", ["The Larks"]), ("Docks", ["Øresund"])]


def test_m3u_in_latin_1_is_read_with_a_note(tmp_path):
    path = tmp_path / "old.m3u"
    path.write_bytes("#EXTM3U\n#EXTINF:1,Øresund - Docks\nx.mp3\n".encode("latin-1"))
    result = read([path])
    assert named(result.library) == [("Docks", ["Øresund"])]
    assert [(row.line, "Latin-1" in row.why) for row in result.rejects.rows] == [(2, True)]


def test_m3u_of_the_parts_of_a_stream_is_no_playlist(tmp_path):
    path = write(tmp_path / "stream.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\npart1.ts\n")
    with pytest.raises(Exception, match="not a format"):
        detect(path)


# -- XSPF --------------------------------------------------------------------------------------------------------


def test_xspf_has_names_ids_and_when_it_changed(tmp_path):
    library = read([xspf(tmp_path)]).library
    assert named(library) == [("Lantern & Light", ["The Larks"]), ("Docks", ["Øresund"])]
    assert library.tracks.select("mbid", "spotify_uri", "duration_ms").rows() == [
        (RECORDING, None, 200_000),
        (None, DOCKS, None),
    ]
    [playlist] = library.playlists.to_dicts()
    assert (playlist["title"], playlist["description"]) == ("Harbour walks", "by the sea")
    assert playlist["modified"] == datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "declaration", ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!ENTITY a SYSTEM "file:///etc/passwd">', "<!doctype x>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xspf_with_a_dtd_or_entities_is_refused(tmp_path, declaration, encoding):
    path = tmp_path / "bomb.xspf"
    path.write_bytes(XSPF.replace("<playlist", f"{declaration}<playlist", 1).encode(encoding))
    with pytest.raises(BadFile, match="DTD or entities"):
        read([path])


def test_xspf_that_is_cut_off_gives_the_tracks_before(tmp_path):
    path = write(tmp_path / "cut.xspf", XSPF[: XSPF.index("<title>Docks")])
    result = read([path])
    assert named(result.library) == [("Lantern & Light", ["The Larks"])]
    assert "not whole XML" in result.rejects.rows[0].why


# -- JSPF --------------------------------------------------------------------------------------------------------


def test_jspf_has_each_artist_where_musicbrainz_tells_them_apart(tmp_path):
    library = read([jspf(tmp_path)]).library
    assert named(library) == [("Lantern", ["The Larks", "Øresund"]), ("Docks", ["Øresund"])]
    assert library.tracks["mbid"].to_list() == [RECORDING, ARTIST]
    assert dict(library.artists.select("name", "mbid").iter_rows()) == {"The Larks": ARTIST, "Øresund": RECORDING}


def test_jspf_tracks_without_a_title_are_rejected(tmp_path):
    content = {"playlist": {"track": [{"creator": "The Larks"}, JSPF["playlist"]["track"][1], 7]}}
    result = read([write(tmp_path / "walks.json", json.dumps(content))])
    assert named(result.library) == [("Docks", ["Øresund"])]
    assert [row.why for row in result.rejects.rows] == ["track 1 has no title", "track 3 has no title"]


# -- CSV ---------------------------------------------------------------------------------------------------------


def test_exportify_has_tracks_and_audio_features(tmp_path):
    library = read([exportify(tmp_path)]).library
    assert named(library) == [("Lantern", ["The Larks", "Øresund"]), ('Docks, "Again"', ["Larks, Gulls & Co"])]
    assert library.playlists["title"].to_list() == ["Harbour walks"]
    features = library.tracks.select("track_id", "danceability", "tempo", "loudness").rows()
    assert features == [(LANTERN, 0.5, 120.5, -7.5), (DOCKS, None, None, None)]


def test_exportify_in_its_older_layouts(tmp_path):
    old = (
        "Spotify ID,Artist IDs,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms)\n"
        f'{"L" * 22},"{"1" * 22},{"2" * 22}",Lantern,Days,"The Larks,Øresund",2019,200000\n'
        f'{"D" * 22},{"3" * 22},Docks,Harbour,"Larks, Gulls & Co",2019,100000\n'
    )
    library = read([write(tmp_path / "old.csv", old)]).library
    assert named(library) == [("Lantern", ["The Larks", "Øresund"]), ("Docks", ["Larks, Gulls & Co"])]
    assert library.tracks["spotify_uri"].to_list() == [LANTERN, DOCKS]


def test_exportify_rows_that_are_damaged_are_rejected_with_their_line(tmp_path):
    path = write(tmp_path / "cut.csv", EXPORTIFY + '"x","unclosed\n' + "a,b\n")
    result = read([path])
    assert len(named(result.library)) == 2
    assert [row.line for row in result.rejects.rows] == [4, 5]


# -- lines -------------------------------------------------------------------------------------------------------


def test_lines_name_artists_and_titles(tmp_path):
    library = read([lines(tmp_path)]).library
    assert named(library) == [
        ("Lantern", ["The Larks"]),
        ("Docks (Live)", ["Øresund"]),
        ("Reeds", ["Gull Choir"]),
        ("Low Tide", ["The Larks"]),
    ]
    assert library.playlists["title"].to_list() == ["walks"]


@pytest.mark.parametrize(
    ("line", "artist", "title"),
    [
        ("The Larks - Lantern - Live", "The Larks", "Lantern - Live"),
        ("01 - The Larks - Lantern", "The Larks", "Lantern"),
        ("12) The Larks — Lantern", "The Larks", "Lantern"),
        ("* The Larks - Lantern", "The Larks", "Lantern"),
        ("Stand by Me by The Larks", "The Larks", "Stand by Me"),
        ("99 Gulls - 7", "99 Gulls", "7"),
    ],
)
def test_a_line_is_read_as_people_write_it(line, artist, title):
    assert parse_line(line) == (artist, title)


def test_lines_that_name_nothing_are_rejected(tmp_path):
    result = read([write(tmp_path / "walks.txt", "A - B\nC - D\nmy favourites\n")])
    assert len(named(result.library)) == 2
    assert [row.line for row in result.rejects.rows] == [3]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "Dear Ada,\nthank you for the records.\nI play them often - yours, Bo\n"),
        ("ids.txt", "17\t23\n18\t44\n"),
        ("table.csv", "A - B,C - D\n"),
        ("data.json", '{"a - b": "c - d"}'),
        ("page.txt", "<html>A - B</html>"),
        ("numbers.txt", "1 - 2\n3 - 4\n"),
        ("bytes.txt", "A - B\0\n"),
    ],
)
def test_other_text_is_not_taken_for_lines(tmp_path, name, text):
    with pytest.raises(Exception, match="not a format"):
        detect(write(tmp_path / name, text))


def test_a_playlist_file_is_owned_by_me_and_tells_of_no_listens(tmp_path):
    library = read([lines(tmp_path)]).library
    assert library.playlists["listener_id"].to_list() == ["me"]
    assert library.listens.equals(pl.DataFrame(schema=library.listens.schema))

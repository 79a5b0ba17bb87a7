import csv
import json
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from segue.errors import NotFound, UnknownFormat
from segue.library import Library
from segue.library.matching import Matcher, normalise
from segue.sources.csv_rows import guarded, unguarded
from segue.sources.registry import detect, read
from segue.sources.values import text
from segue.sources.writers import PLAYLIST_FORMATS, Playlist, write_playlist, write_tables
from tests.effort import examples
from tests.sources.samples_exports import ARTIST, LANTERN, RECORDING

READERS = {"csv": "exportify", "jspf": "jspf", "m3u8": "m3u", "xspf": "xspf"}
AWKWARD = [
    'A "B", c',
    "=1+1",
    "'=x",
    "'",
    "- - -",
    "a - b",
    "#hash",
    "<b>&amp;]]>",
    "🎷 שלום",
    "x\ny\u2028z",
    "a;b\\;c\\",
    "ﬁ\x00x",
]
# Text with at least one character that can be shown.
TEXT = (st.sampled_from(AWKWARD) | st.text(max_size=20)).filter(lambda value: text(value) is not None)


def library_of(rows: list[tuple[str, list[str]]], **columns: list[object]) -> Library:
    names = list(dict.fromkeys(name for _, artists in rows for name in artists))
    ids = {name: f"a{place}" for place, name in enumerate(names)}
    return Library.of(
        artists=pl.DataFrame(
            {"artist_id": list(ids.values()), "name": names}, schema={"artist_id": pl.String, "name": pl.String}
        ),
        tracks=pl.DataFrame(
            {
                "track_id": [f"t{place}" for place in range(len(rows))],
                "title": [title for title, _ in rows],
                "artist_ids": [[ids[name] for name in artists] for _, artists in rows],
                **columns,
            }
        ),
    )


def round_trip(library: Library, order: list[str], format_name: str, folder) -> tuple[Library, list[str]]:
    path = folder / f"walks.{format_name}"
    write_playlist(Playlist("Harbour walks", tuple(order)), library, path, format_name)
    assert detect(path) == READERS[format_name]
    back = read([path])
    assert back.rejects.rows == []
    [track_ids] = back.library.playlists["track_ids"].to_list()
    return back.library, track_ids


def said(library: Library, order: list[str]) -> list[tuple[str, str]]:
    """Title and credit of each track, in order; names that are the same when compared are one artist's."""
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    rows = library.tracks.select("track_id", "title", "artist_ids").iter_rows()
    tracks = {}
    for key, title, artists in rows:
        tracks[key] = (text(title), normalise(", ".join(filter(None, (text(names[one]) for one in artists or ())))))
    return [tracks[track_id] for track_id in order]


@pytest.mark.parametrize("format_name", PLAYLIST_FORMATS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=2)), min_size=1, max_size=4), data=st.data())
def test_what_is_written_is_read_back_to_the_same_tracks_in_the_same_order(format_name, rows, data, tmp_path):
    # A listener tells tracks apart by their ids; here every track has one, so that no two are the same.
    uris = [f"spotify:track:{place:022}" for place in range(len(rows))]
    library = library_of(rows, spotify_uri=uris)
    order = data.draw(st.lists(st.sampled_from(library.tracks["track_id"].to_list()), min_size=1, max_size=6))
    back, read_order = round_trip(library, order, format_name, tmp_path)
    assert read_order == [uris[int(track_id[1:])] for track_id in order]
    assert said(back, read_order) == said(library, order)


@pytest.mark.parametrize("format_name", PLAYLIST_FORMATS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.tuples(TEXT, st.lists(TEXT, max_size=2)))
@example(row=("The Larks - Lantern", []))
@example(row=("2. Lantern", ["1. The - Larks"]))
def test_a_track_known_by_its_names_only_is_found_again(format_name, row, tmp_path):
    library = library_of([row])
    back, read_order = round_trip(library, ["t0"], format_name, tmp_path)
    assert said(back, read_order) == said(library, ["t0"])
    title, credit = said(back, read_order)[0]
    queries = pl.DataFrame({"title": [title], "artist": [credit]})
    assert Matcher(library).match(queries)["track_id"].to_list() == ["t0"]


@pytest.mark.parametrize("format_name", ["jspf", "csv"])
def test_artists_of_one_track_stay_apart(format_name, tmp_path):
    library = library_of([("Lantern", ["Larks; Gulls", "Ada, Bo & Cy\\"])])
    back, _ = round_trip(library, ["t0"], format_name, tmp_path)
    assert back.artists["name"].to_list() == ["Larks; Gulls", "Ada, Bo & Cy\\"]


@pytest.mark.parametrize("format_name", PLAYLIST_FORMATS)
def test_ids_lengths_and_releases_come_back_where_the_format_has_a_place(format_name, tmp_path):
    library = Library.of(
        artists=pl.DataFrame({"artist_id": ["a"], "name": ["The Larks"], "mbid": [ARTIST]}),
        releases=pl.DataFrame({"release_id": ["r"], "title": ["Days"]}),
        tracks=pl.DataFrame(
            {"track_id": ["t"], "title": ["Lantern"], "artist_ids": [["a"]], "release_id": ["r"],
             "duration_ms": [200_123], "mbid": [RECORDING], "spotify_uri": [LANTERN], "isrc": ["SEABC1200001"]}
        ),
    )  # fmt: skip
    back, _ = round_trip(library, ["t"], format_name, tmp_path)
    track = back.tracks.row(0, named=True)
    assert (track["spotify_uri"], track["duration_ms"]) == (LANTERN, 200_123)
    assert back.releases["title"].to_list() == ["Days"]
    if format_name != "m3u8":
        assert (track["mbid"], track["isrc"]) == (RECORDING, "SEABC1200001")
    if format_name == "jspf":
        assert back.artists["mbid"].to_list() == [ARTIST]


def test_jspf_and_xspf_name_recordings_as_musicbrainz_does(tmp_path):
    library = library_of([("Lantern", ["The Larks"])], mbid=[RECORDING])
    playlist = Playlist("Walks", ("t0",), "by the sea")
    for format_name in ("jspf", "xspf"):
        write_playlist(playlist, library, tmp_path / f"walks.{format_name}", format_name)
    link = f"https://musicbrainz.org/recording/{RECORDING}"
    body = json.loads((tmp_path / "walks.jspf").read_text(encoding="utf-8"))["playlist"]
    assert (body["title"], body["annotation"], body["track"][0]["identifier"]) == ("Walks", "by the sea", [link])
    root = ElementTree.parse(tmp_path / "walks.xspf").getroot()  # noqa: S314 (our own)
    assert root.findtext(".//{http://xspf.org/ns/0/}identifier") == link


@given(st.text(max_size=6) | st.text("'=+-@a", max_size=6))
def test_no_guarded_field_is_a_formula_and_nothing_is_lost(field):
    assert not guarded(field).startswith(("=", "+", "-", "@"))
    assert unguarded(guarded(field)) == field


def test_a_playlist_of_the_library_is_taken_by_its_id(small_library):
    with pytest.raises(NotFound, match="'nope'"):
        Playlist.of(small_library, "nope")
    library = small_library.merge(
        Library.of(playlists=pl.DataFrame({"playlist_id": ["p"], "title": ["Walks"], "track_ids": [["t1"]]}))
    )
    assert Playlist.of(library, "p") == Playlist("Walks", ("t1",), None)


def test_an_unknown_track_or_format_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "walks.xspf"
    path.write_text("old")
    with pytest.raises(NotFound, match="'t9'"):
        write_playlist(Playlist("Walks", ("t9",)), Library(), path, "xspf")
    with pytest.raises(UnknownFormat, match="'pls'"):
        write_playlist(Playlist("Walks", ()), Library(), path, "pls")
    with pytest.raises(UnknownFormat, match="'xlsx'"):
        write_tables(Library(), tmp_path, "xlsx")
    assert path.read_text() == "old"


def test_tables_as_parquet_come_back_exactly(tmp_path):
    library = library_of([("=Lantern", ["The Larks"]), ("Docks", [])], popularity=[50.0, None])
    write_tables(library, tmp_path / "out", "parquet")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["artists.parquet", "tracks.parquet"]
    assert pl.read_parquet(tmp_path / "out" / "tracks.parquet").equals(library.tracks)


def test_tables_as_csv_are_for_people(tmp_path):
    library = library_of([("=Lantern, 1", ["The Larks"])], loudness=[-7.5], tags=[[{"tag": "folk", "weight": 2.0}]])
    write_tables(library, tmp_path, "csv")
    with (tmp_path / "tracks.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["title"], row["loudness"], row["artist_ids"]) == ("'=Lantern, 1", "-7.5", '["a0"]')
    assert json.loads(row["tags"]) == [{"tag": "folk", "weight": 2.0}]

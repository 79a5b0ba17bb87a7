from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from segue.sources.music_files import TaggedFile
from segue.sources.music_library import MusicFile, library_of

MBIDS = [f"{digit}0000000-0000-4000-8000-000000000000" for digit in "123"]


def music(path: str, title: str = "Sea", seconds: int = 100, heard=None, **tags) -> MusicFile:
    said = TaggedFile(Path("/m") / path, title, **{"artists": ("Lark",), **tags}, duration_ms=seconds * 1000)
    return MusicFile(said, f"content of {path}", 1000, datetime(2024, 1, 1, tzinfo=UTC), heard or {})


def tracks_of(*files: MusicFile) -> list[str]:
    library = library_of(files).validate()
    assert library.files["path"].to_list() == [str(file.tagged.path) for file in files]
    return library.files["track_id"].to_list()


def test_one_song_in_two_formats_is_one_track_with_two_files():
    library = library_of([
        music("a.flac", genres=("Folk",), heard={"energy": 0.5, "sound": [1.0, 2.0], "duration_ms": 100_040, "channels": 2}),
        music("a.mp3", title="sea!", seconds=101, isrc="GBAAA9700001"),
    ])  # fmt: skip
    [track] = library.tracks.rows(named=True)
    assert (track["track_id"], track["title"], track["isrc"]) == ("track:lark/sea", "Sea", "GBAAA9700001")
    assert (track["energy"], track["sound"], track["duration_ms"]) == (0.5, [1.0, 2.0], 100_040)
    assert library.files["duration_ms"].to_list() == [100_040, 101_000]
    assert library.files["channels"].to_list() == [2, None]
    assert library.artists.select("artist_id", "name").rows() == [("artist:lark", "Lark")]


def test_songs_of_one_name_are_told_apart_by_length_and_place_on_the_album():
    first = music("1/a.ogg", "Intro", 30, album="One", track_number=1)
    other = music("2/a.ogg", "Intro", 90, album="Two", track_number=1)
    again = music("2/z.ogg", "Intro", 92, album="Two", track_number=9)
    assert tracks_of(first, other, again) == [
        "track:lark/intro/one-1", "track:lark/intro/two-1", "track:lark/intro/two-9"
    ]  # fmt: skip
    assert tracks_of(first) == ["track:lark/intro"]


def test_where_one_file_tells_the_id_and_another_only_the_name_both_are_that_track():
    assert tracks_of(music("a.mp3"), music("a.flac", mbid=MBIDS[0])) == [f"mbid:{MBIDS[0]}"] * 2
    assert tracks_of(music("a.mp3", mbid=MBIDS[1]), music("a.flac", mbid=MBIDS[0])) == [
        f"mbid:{MBIDS[1]}",
        f"mbid:{MBIDS[0]}",
    ]
    assert tracks_of(music("a.mp3", "Mer", mbid=MBIDS[0]), music("a.flac", mbid=MBIDS[0])) == [f"mbid:{MBIDS[0]}"] * 2


def test_files_of_nobody_known_are_not_joined_across_folders():
    one, two = music("1/x.ogg", "Track 01", artists=()), music("2/x.ogg", "Track 01", artists=())
    assert len(set(tracks_of(one, two))) == 2


def test_artists_have_the_ids_that_any_file_tells_and_guests_are_credited():
    library = library_of([
        music("a.ogg", "Sea (feat. Owl)", featured=("Wren",)),
        music("b.ogg", "Hill", artists=("Wren",), artist_mbids=(MBIDS[0],)),
    ])  # fmt: skip
    assert library.validate().artists.select("artist_id", "mbid").rows() == [
        ("artist:lark", None), (f"mbid:{MBIDS[0]}", MBIDS[0]), ("artist:owl", None)
    ]  # fmt: skip
    assert library.tracks["featured_artist_ids"].to_list() == [[f"mbid:{MBIDS[0]}", "artist:owl"], None]


def test_an_album_is_its_folder_whoever_sings_on_it():
    library = library_of([
        music("mix/1.ogg", "One", album="Best of Birds", track_number=1),
        music("mix/2.ogg", "Two", artists=("Wren",), album="Best of Birds", track_number=2),
        music("shores/CD1/1.ogg", "Three", album="Shores", album_artists=("The Larks",), date=date(1997, 1, 1)),
        music("shores/CD2/1.ogg", "Four", artists=("Owl",), album="Shores"),
        music("solo/1.ogg", "Five", artists=("Owl",), album="Night", release_mbid=MBIDS[0]),
        music("solo/2.ogg", "Six", artists=("Owl",), album="Night"),
        music("other/1.ogg", "Seven", artists=("Finch",), album="Shores"),
    ]).validate()  # fmt: skip
    assert library.releases.select("release_id", "title", "artist_ids").rows() == [
        ("release:various-artists/best-of-birds", "Best of Birds", None),
        ("release:larks/shores", "Shores", ["artist:larks"]),
        (f"mbid:{MBIDS[0]}", "Night", ["artist:owl"]),
        ("release:finch/shores", "Shores", ["artist:finch"]),
    ]
    assert library.tracks["release_id"].to_list()[2:6] == ["release:larks/shores"] * 2 + [f"mbid:{MBIDS[0]}"] * 2
    assert library.releases["date"].to_list() == [None, date(1997, 1, 1), None, None]


def test_no_files_are_an_empty_library():
    assert not any(library_of([]).counts().values())


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).map(str.strip).filter(bool)
tagged = st.builds(
    music, st.from_regex(r"[ab]/(CD1/)?[cd]\.ogg", fullmatch=True), names, st.integers(0, 40),
    artists=st.lists(names, max_size=2).map(tuple), featured=st.lists(names, max_size=1).map(tuple),
    album=st.none() | names, album_artists=st.lists(names, max_size=1).map(tuple), track_number=st.none() | st.integers(1, 3),
    mbid=st.none() | st.sampled_from(MBIDS), release_mbid=st.none() | st.sampled_from(MBIDS), compilation=st.booleans(),
)  # fmt: skip


@given(st.lists(tagged, max_size=8, unique_by=lambda file: file.tagged.path))
def test_whatever_files_say_makes_a_valid_library(files):
    library = library_of(files)
    assert library.problems() == []
    assert set(library.tracks["track_id"]) == set(library.files["track_id"])
    assert library.files.height == len(files)

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from segue.errors import BadFile
from segue.library import Library
from segue.scanning import scan as scanning_scan
from segue.scanning.catalogue import catalogue
from segue.scanning.scan import examine
from segue.scanning.store import AnalysisStore, content_id
from segue.scanning.work import Outcome
from tests.scanning import stand_ins
from tests.sources.music_samples import flac, tone


class Place:
    """A folder of music, a store and a library, as the command has them."""

    def __init__(self, path: Path) -> None:
        self.music = path / "music"
        self.database = path / "home" / "analyses.sqlite"
        self.library = Library()

    def scan(self, listen=None, folder=None, version=1):
        """Scan and keep the library; without ears no process is started."""
        with AnalysisStore.open(self.database, version) as store:
            examined = examine(folder or self.music, store, stand_ins.SUFFIXES, 2, listen)
            scan = catalogue(examined, self.library)
            self.library = scan.library
            store.settle(scan.told.items(), scan.gone_paths)
        return examined, scan

    def hear(self, ears=stand_ins.hears, version=1) -> None:
        """As if a scan had been stopped just before its end: all analyses are kept."""
        with AnalysisStore.open(self.database, version) as store:
            for path in self.music.rglob("*.*"):
                store.keep(content_id(path), Outcome(ears(path)))

    def tracks(self) -> dict[str, dict]:
        return {row["track_id"]: row for row in self.library.tracks.iter_rows(named=True)}

    def merge(self, **frames) -> None:
        self.library = self.library.merge(Library.of(**frames))


@pytest.fixture
def place(tmp_path) -> Place:
    place = Place(tmp_path)
    flac(place.music / "Shores" / "1.flac", "TITLE=Sea", "ARTIST=Lark", "ALBUM=Shores", "TRACKNUMBER=1", "GENRE=Folk")
    flac(place.music / "Shores" / "2.flac", "TITLE=Hill", "ARTIST=Lark", "ALBUM=Shores", "TRACKNUMBER=2", hertz=500)
    return place


def counts(scan) -> dict[str, int]:
    states = {name: getattr(scan, name) for name in ("new", "changed", "moved", "unchanged", "gone")}
    return {name: number for name, number in states.items() if number}


def listen_to(track_id: str) -> pl.DataFrame:
    return pl.DataFrame({"listener_id": ["me"], "track_id": [track_id], "time": [datetime(2024, 1, 1, tzinfo=UTC)]})


def listing(folder: Path) -> list[tuple]:
    return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *folder.rglob("*")])


def test_a_folder_becomes_a_catalogue_and_is_left_as_it_was(place):
    tone(place.music / "Wren - Moor.wav", 2)
    before = listing(place.music)
    for path in [*place.music.rglob("*"), place.music]:
        path.chmod(0o555)
    examined, scan = place.scan(stand_ins.hears)
    for path in [place.music, *place.music.rglob("*")]:
        path.chmod(0o755)
    assert listing(place.music) == before
    assert counts(scan) == {"new": 3}
    assert (examined.analysed, examined.cached, examined.failed) == (3, 0, 0)
    assert examined.audio_s == pytest.approx(4.0)
    assert scan.track_ids == ["track:lark/sea", "track:lark/hill", "track:wren/moor"]
    assert place.tracks()["track:wren/moor"]["energy"] is None  # 1.1 is no share
    sea = place.tracks()["track:lark/sea"]
    assert (sea["title"], sea["release_id"], sea["genres"], sea["duration_ms"]) == (
        "Sea",
        "release:lark/shores",
        ["Folk"],
        1000,
    )
    assert sea["energy"] == pytest.approx(0.1)
    assert sea["sound"] == [0.5, 0.25]
    # What no table would take is left out.
    assert (sea["tempo"], sea["valence"]) == (None, None)
    file = place.library.files.row(by_predicate=pl.col("track_id") == "track:lark/sea", named=True)
    assert (file["codec"], file["sample_rate"], file["track_number"]) == ("flac", 22050, 1)
    assert file["path"] == str(place.music.resolve() / "Shores" / "1.flac")


def test_a_second_scan_opens_nothing_and_changes_nothing(place, monkeypatch):
    place.hear()
    place.scan()
    before = place.library.fingerprint()

    def opens(*_):
        raise AssertionError("a file was opened")

    monkeypatch.setattr(scanning_scan, "content_id", opens)
    monkeypatch.setattr(scanning_scan, "read_tags", opens)
    examined, scan = place.scan(stand_ins.fails)
    assert counts(scan) == {"unchanged": 2}
    assert (examined.analysed, examined.cached) == (0, 2)
    assert place.library.fingerprint() == before


def test_tags_only_and_the_sound_later(place):
    place.scan()
    assert place.tracks()["track:lark/sea"]["energy"] is None
    place.hear()
    place.scan()
    assert place.tracks()["track:lark/sea"]["energy"] == pytest.approx(0.1)


def test_a_moved_file_keeps_its_track_and_its_analysis(place):
    place.hear()
    place.scan()
    place.merge(listens=listen_to("track:lark/sea"))
    (place.music / "Shores").rename(place.music / "The Shores")
    examined, scan = place.scan(stand_ins.fails)
    assert counts(scan) == {"moved": 2}
    assert examined.analysed == 0
    assert set(place.tracks()) == {"track:lark/sea", "track:lark/hill"}
    assert all("/The Shores/" in path for path in place.library.files["path"])
    assert place.library.listens.height == 1


def test_new_tags_are_the_same_track_under_its_new_name(place):
    place.scan()
    place.merge(feedback=pl.DataFrame({"listener_id": ["me"], "track_id": ["track:lark/sea"], "kind": ["like"]}))
    flac(
        place.music / "Shores" / "1.flac",
        "TITLE=The Sea",
        "ARTIST=Skylark",
        "ALBUM=Shores",
        "TRACKNUMBER=1",
        "DATE=1997",
    )
    _, scan = place.scan()
    assert counts(scan) == {"changed": 1, "unchanged": 1}
    sea = place.tracks()["track:lark/sea"]
    assert (sea["title"], sea["artist_ids"], sea["date"].year) == ("The Sea", ["artist:skylark"], 1997)
    assert place.library.feedback["track_id"].to_list() == ["track:lark/sea"]
    flac(place.music / "Shores" / "2.flac", "TITLE=Hill", "ARTIST=Skylark", "ALBUM=Shores", "TRACKNUMBER=2", hertz=500)
    place.scan()
    # Nobody has songs by Lark any more.
    assert place.library.artists["artist_id"].to_list() == ["artist:skylark"]
    assert place.library.releases["release_id"].to_list() == ["release:skylark/shores"]
    assert counts(place.scan()[1]) == {"unchanged": 2}


def test_another_song_under_an_old_name_is_another_track(place):
    place.scan()
    place.merge(listens=listen_to("track:lark/sea"))
    flac(place.music / "Shores" / "1.flac", "TITLE=Moor", "ARTIST=Wren", "ALBUM=Shores", seconds=3)
    place.scan()
    tracks = place.tracks()
    assert tracks["track:wren/moor"]["title"] == "Moor"
    assert tracks["track:lark/sea"]["title"] == "Sea"  # it was listened to
    assert set(place.library.files["track_id"]) == {"track:wren/moor", "track:lark/hill"}


def test_what_is_gone_leaves_only_tracks_that_something_knows(place):
    for number, title in enumerate(["Played", "Liked", "Tagged", "Listed", "Elsewhere", "Catalogued", "Forgotten"], 3):
        flac(
            place.music / "Owl" / f"{number}.flac",
            f"TITLE={title}",
            "ARTIST=Owl",
            f"ALBUM={title}",
            hertz=300 + 9 * number,
        )
    other = place.music.parent / "other"
    shutil.copytree(place.music / "Owl", other)
    for path in other.iterdir():
        if "7" not in path.name:
            path.unlink()
    place.scan()
    place.scan(folder=other)
    place.merge(
        listens=listen_to("track:owl/played"),
        feedback=pl.DataFrame({"listener_id": ["me"], "track_id": ["track:owl/liked"], "kind": ["like"]}),
        taggings=pl.DataFrame({"listener_id": ["me"], "track_id": ["track:owl/tagged"], "tag": ["calm"]}),
        playlists=pl.DataFrame({"playlist_id": ["p"], "track_ids": [["track:owl/listed"]]}),
        tracks=pl.DataFrame({"track_id": ["track:owl/catalogued"], "title": ["Catalogued"], "spotify_uri": ["spotify:track:x"]}),
    )  # fmt: skip
    shutil.rmtree(place.music / "Owl")
    _, scan = place.scan()
    assert counts(scan) == {"unchanged": 2, "gone": 7}
    left = {row["title"] for row in place.tracks().values()}
    assert left == {"Sea", "Hill", "Played", "Liked", "Tagged", "Listed", "Elsewhere", "Catalogued"}
    assert set(place.library.files["path"].str.split("/").list.get(-2)) == {"Shores", "other"}
    assert "release:owl/forgotten" not in set(place.library.releases["release_id"])
    assert place.library.problems() == []


def test_an_empty_folder_changes_nothing(place):
    place.scan()
    shutil.rmtree(place.music)
    place.music.mkdir()
    with pytest.raises(BadFile, match="no audio in it; nothing was changed"):
        place.scan()
    with pytest.raises(BadFile, match="no such folder"):
        place.scan(folder=place.music / "nowhere")


def test_what_is_broken_is_reported_remembered_and_not_in_the_catalogue(place, monkeypatch):
    (place.music / "text.mp3").write_text("no audio at all")
    (place.music / "empty.ogg").write_bytes(b"")
    examined, _ = place.scan(stand_ins.hears)
    assert {Path(row.file).name: row.why[:9] for row in examined.rejects.rows} == {
        "empty.ogg": "is empty",
        "text.mp3": "is broken",
    }
    assert (examined.analysed, examined.failed) == (2, 2)
    assert place.library.files.height == 2
    # Ears that fail show that nobody listens to it again.
    again, scan = place.scan(stand_ins.fails)
    assert [row[1:] for row in again.rejects.rows] == [row[1:] for row in examined.rejects.rows]
    assert counts(scan) == {"unchanged": 2}
    flac(place.music / "text.flac", "TITLE=Now", "ARTIST=Lark").rename(place.music / "text.mp3")
    mended, _ = place.scan(stand_ins.hears)
    assert (mended.analysed, mended.failed) == (1, 1)


def test_what_could_not_be_heard_this_time_stays_as_it_was(place):
    place.hear()
    place.scan()
    flac(place.music / "Shores" / "2.flac", "TITLE=Hills", "ARTIST=Lark").rename(
        place.music / "Shores" / "SIGKILL.flac"
    )
    place.scan(stand_ins.hears)
    path = place.music / "Shores" / "SIGKILL.flac"
    path.write_bytes(path.read_bytes() + b"\0")
    before = place.library.files.height
    examined, scan = place.scan(stand_ins.crashes)
    assert "stopped from outside" in examined.rejects.rows[0].why
    assert (place.library.files.height, scan.gone) == (before, 0)
    examined, _ = place.scan(stand_ins.hears)
    assert (examined.analysed, examined.failed) == (1, 0)


def test_an_analysis_of_another_version_is_made_anew_and_takes_the_old_ones_place(place):
    place.hear()
    place.scan()
    place.hear(stand_ins.hears_more, version=2)
    place.scan(version=2)
    assert place.tracks()["track:lark/sea"]["energy"] == pytest.approx(0.6)


def test_what_the_library_knows_already_stays_and_is_filled(place):
    place.merge(
        artists=pl.DataFrame({"artist_id": ["s:a"], "name": ["LARK"]}),
        tracks=pl.DataFrame({"track_id": ["s:t"], "title": ["Sea"], "artist_ids": [["s:a"]], "energy": [0.75]}),
    )
    place.hear()
    _, scan = place.scan()
    assert scan.matched is not None
    assert scan.matched.tracks.text == 1
    for _ in range(2):
        track = place.tracks()["s:t"]
        assert (track["energy"], track["genres"], track["duration_ms"]) == (0.75, ["Folk"], 1000)
        assert place.library.artists.select("artist_id", "name").rows() == [("s:a", "LARK")]
        assert set(place.library.files["track_id"]) == {"s:t", "track:lark/hill"}
        place.scan(stand_ins.fails)


def test_a_second_song_of_the_same_name_leaves_the_first_its_id(place):
    flac(place.music / "A" / "1.flac", "TITLE=Intro", "ARTIST=Owl", "ALBUM=Night", seconds=20)
    place.scan()
    assert "track:owl/intro" in place.tracks()
    flac(place.music / "0" / "1.flac", "TITLE=Intro", "ARTIST=Owl", "ALBUM=Dawn", "TRACKNUMBER=1", seconds=2)
    place.scan()
    files = dict(place.library.files.select("path", "track_id").iter_rows())
    assert files[str(place.music / "A" / "1.flac")] == "track:owl/intro"
    assert files[str(place.music / "0" / "1.flac")] == "track:owl/intro/dawn-1"
    assert counts(place.scan()[1]) == {"unchanged": 4}


def test_files_below_a_folder_that_cannot_be_read_are_not_gone(place, monkeypatch):
    tone(place.music / "x.wav")
    place.scan()
    scandir = os.scandir

    def refuses(path):
        if str(path).endswith("Shores"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    examined, scan = place.scan()
    assert counts(scan) == {"unchanged": 1}
    assert (place.library.files.height, examined.failed, len(examined.rejects)) == (3, 0, 1)


def test_the_same_file_twice_is_listened_to_once(place):
    shutil.copy(place.music / "Shores" / "1.flac", place.music / "Copy of 1.flac")
    examined, _ = place.scan(stand_ins.hears)
    assert examined.analysed == 2
    assert place.library.files.group_by("track_id").len().sort("track_id")["len"].to_list() == [1, 2]

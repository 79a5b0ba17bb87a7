import os

import pytest

from segue.errors import BadFile
from segue.scanning.walk import Walk


def put(path, content=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_audio_files_in_order_of_names_and_nothing_hidden_or_else(tmp_path):
    for name in ("b/2.OGG", "b/10.ogg", "a/z.mp3", "c.ogg", ".hidden/x.ogg", "b/.x.ogg", "b/cover.jpg", "notes.txt"):
        put(tmp_path / name)
    os.mkfifo(tmp_path / "pipe.ogg")
    (tmp_path / "folder.ogg").mkdir()
    walk = Walk({".ogg", ".mp3"})
    assert [str(one.path.relative_to(tmp_path)) for one in walk.files(tmp_path)] == [
        "c.ogg",
        "a/z.mp3",
        "b/10.ogg",
        "b/2.OGG",
    ]
    assert len(walk.rejects) == 0


def test_links_are_followed_once_and_never_in_circles(tmp_path):
    put(tmp_path / "music" / "z" / "1.ogg")
    put(tmp_path / "elsewhere" / "2.ogg")
    (tmp_path / "music" / "a").symlink_to(tmp_path / "music" / "z")
    (tmp_path / "music" / "z" / "up").symlink_to(tmp_path / "music")
    (tmp_path / "music" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "music" / "broken.ogg").symlink_to(tmp_path / "nothing")
    found = [str(one.path.relative_to(tmp_path / "music")) for one in Walk({".ogg"}).files(tmp_path / "music")]
    assert found == ["z/1.ogg", "out/2.ogg"]


def test_what_cannot_be_read_is_reported_and_the_rest_is_found(tmp_path):
    put(tmp_path / "empty.ogg", b"")
    put(tmp_path / "good.ogg")
    (tmp_path / os.fsdecode(b"caf\xe9.ogg")).write_bytes(b"x")
    walk = Walk({".ogg"})
    assert [one.path.name for one in walk.files(tmp_path)] == ["good.ogg"]
    assert {row.file.rpartition("/")[2]: row.why for row in walk.rejects.rows} == {
        "empty.ogg": "is empty", "caf\\xe9.ogg": "its name is not UTF-8: rename it"
    }  # fmt: skip


def test_a_closed_folder_is_reported(tmp_path, monkeypatch):
    put(tmp_path / "closed" / "1.ogg")
    put(tmp_path / "open" / "2.ogg")
    scandir = os.scandir

    def refuses(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    walk = Walk({".ogg"})
    assert [one.path.name for one in walk.files(tmp_path)] == ["2.ogg"]
    assert walk.closed == [tmp_path / "closed"]
    assert [row.why for row in walk.rejects.rows] == ["cannot be read: Permission denied"]


def test_the_signature_changes_with_the_file_its_words_and_its_cover(tmp_path):
    song = put(tmp_path / "1.ogg")

    def signature() -> str:
        [one] = Walk({".ogg"}).files(tmp_path)
        return one.signature

    seen = [signature()]
    assert signature() == seen[0]
    for change in (
        lambda: os.utime(song, ns=(1, 1)), lambda: put(song, b"xy"), lambda: put(tmp_path / "1.lrc"),
        lambda: put(tmp_path / "1.lrc", b"longer"), lambda: put(tmp_path / "cover.png"),
    ):  # fmt: skip
        change()
        seen.append(signature())
    assert len(set(seen)) == len(seen)


def test_no_folder_or_a_file_is_refused(tmp_path):
    with pytest.raises(BadFile, match="no such folder"):
        list(Walk({".ogg"}).files(tmp_path / "nowhere"))
    with pytest.raises(BadFile, match="is a file"):
        list(Walk({".ogg"}).files(put(tmp_path / "x.ogg")))

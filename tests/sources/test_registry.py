import pytest

from segue.errors import BadFile, UnknownFormat
from segue.sources import read


def test_a_directory_of_files_is_read_file_by_file_and_others_are_left_alone(tmp_path):
    (tmp_path / "one.m3u8").write_text("#EXTM3U\n#EXTINF:100,Lark - Sea\nsea.ogg\n")
    (tmp_path / "two.m3u8").write_text("#EXTM3U\n#EXTINF:100,Lark - Hill\nhill.ogg\n")
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (tmp_path / "empty.csv").write_bytes(b"")
    reading = read([tmp_path])
    assert sorted(reading.formats) == [str(tmp_path / "one.m3u8"), str(tmp_path / "two.m3u8")]
    assert reading.library.counts()["playlists"] == 2


def test_what_nobody_knows_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    with pytest.raises(UnknownFormat, match="nothing in this directory"):
        read([tmp_path])
    with pytest.raises(UnknownFormat, match="not a format Segue knows; name one with --format"):
        read([tmp_path / "cover.png"])
    with pytest.raises(UnknownFormat, match="no format 'mp3'"):
        read([tmp_path / "cover.png"], "mp3")
    with pytest.raises(BadFile, match="no such file"):
        read([tmp_path / "missing"])

import json
import zipfile

import pytest

from segue.errors import BadFile
from segue.sources import archives
from segue.sources.archives import Member, decoded, json_rows, members
from segue.sources.base import Rejects
from segue.sources.registry import detect, read
from tests.sources.samples_exports import history_row, spotify_history, zipped


def test_a_zip_with_a_member_that_unpacks_beyond_measure_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_RATIO_APPLIES_ABOVE", 10_000)
    bomb = b"[" + b" " * 5_000_000 + b"]"
    path = zipped(tmp_path / "a.zip", {"endsong_0.json": bomb, "endsong_1.json": json.dumps([history_row()])})
    with pytest.raises(BadFile, match="unpacks to more than"):
        read([path])


def test_members_together_unpack_to_no_more_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 600)
    content = json.dumps([history_row()])
    path = zipped(tmp_path / "a.zip", {"endsong_0.json": content, "endsong_1.json": content})
    with pytest.raises(BadFile, match="unpacks to more than"):
        read([path])


def test_names_that_point_outside_are_only_names(tmp_path):
    (tmp_path / "in").mkdir()
    path = zipped(tmp_path / "in" / "a.zip", {"../../endsong_0.json": json.dumps([history_row()])})
    assert read([path]).library.listens.height == 1
    assert [file.name for file in tmp_path.rglob("*")] == ["in", "a.zip"]


def test_a_zip_that_is_cut_off_is_recognised_and_refused_in_one_line(tmp_path):
    path = spotify_history(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    assert detect(path) == "spotify-history"
    with pytest.raises(BadFile, match="cut-off zip"):
        read([path])


def test_a_damaged_member_is_rejected_and_the_others_are_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("endsong_0.json", json.dumps([history_row()]))
        archive.writestr("endsong_1.json", json.dumps([history_row(ts="2021-02-05T00:00:00Z")]))
    path.write_bytes(path.read_bytes().replace(b"Lantern", b"Lantxrn", 1))
    result = read([path])
    assert result.library.listens.height == 1
    assert result.rejects.rows[0].file == f"{path}/endsong_0.json"
    assert "cannot be unpacked" in result.rejects.rows[0].why


def test_a_zip_without_the_files_of_the_export_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"readme.txt": "hello"})
    with pytest.raises(BadFile, match="holds none"):
        list(members(path, lambda name: name.endswith(".json"), Rejects()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_is_decoded_by_its_mark_or_as_utf_8_or_latin_1(encoding):
    assert decoded("Øresund".encode(encoding)) == "Øresund"


def test_json_nested_beyond_measure_is_rejected():
    rejects = Rejects()
    assert list(json_rows(Member("a", "a", b"[" * 200_000), rejects)) == []
    assert len(rejects) == 1

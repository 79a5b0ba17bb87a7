import json

import polars as pl
import pytest

from segue.errors import BadFile
from segue.library import Library
from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import segue_library


def test_a_saved_library_comes_back_whole(tmp_path):
    path = segue_library(tmp_path)
    assert detect(path) == "segue-library"
    assert read([path]).library.fingerprint() == Library.open(path).fingerprint()


def test_a_changed_table_is_refused(tmp_path):
    path = segue_library(tmp_path)
    [file] = path.glob("tracks.*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(BadFile, match="was changed or cut off"):
        read([path])


@pytest.mark.parametrize("file", ["../elsewhere.parquet", "/etc/passwd", "artists.0.parquet", 7, None])
def test_a_manifest_that_names_other_files_is_refused(file, tmp_path):
    path = segue_library(tmp_path)
    manifest = json.loads((path / "library.json").read_text())
    manifest["tables"]["tracks"] = file
    (path / "library.json").write_text(json.dumps(manifest))
    with pytest.raises(BadFile, match="which is no table of a library"):
        read([path])


@pytest.mark.parametrize("text", ["[]", "{}", '{"tables": 3}', "null", '{"format": 99, "tables": {}}'])
def test_a_manifest_that_is_none_is_refused(text, tmp_path):
    path = segue_library(tmp_path)
    (path / "library.json").write_text(text)
    with pytest.raises(BadFile):
        read([path])


def test_rows_that_do_not_fit_together_are_refused(tmp_path):
    library = Library.of(listens=pl.DataFrame({"listener_id": ["ada"], "track_id": ["nowhere"], "plays": [1]}))
    library.save(tmp_path / "library")
    with pytest.raises(BadFile, match="'nowhere' is not in tracks"):
        read([tmp_path / "library"])

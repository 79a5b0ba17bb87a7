import random
import sqlite3
from pathlib import Path

import pytest

from segue.errors import BadFile
from segue.scanning.store import AnalysisStore, Known, content_id
from segue.scanning.work import Outcome


def test_what_is_kept_is_there_when_it_is_opened_again(tmp_path):
    path = tmp_path / "new" / "analyses.sqlite"
    with AnalysisStore.open(path, 1) as store:
        assert store.outcome("a") is None
        store.keep("a", Outcome({"energy": 0.5, "sound": [1.0, 2.5]}))
        store.keep("b", Outcome(None, "is broken"))
    with AnalysisStore.open(path, 1) as store:
        assert store.outcome("a") == Outcome({"energy": 0.5, "sound": [1.0, 2.5]})
        assert store.outcome("b") == Outcome(None, "is broken")
        assert len(store) == 2


def test_another_version_of_the_analysis_starts_anew(tmp_path):
    with AnalysisStore.open(tmp_path / "a.sqlite", 1) as store:
        store.keep("a", Outcome({"energy": 0.5}))
    with AnalysisStore.open(tmp_path / "a.sqlite", 2) as store:
        assert store.outcome("a") is None
        store.keep("a", Outcome({"energy": 0.75}))
        assert len(store) == 1


def test_paths_are_known_below_their_folder_until_they_are_gone(tmp_path):
    known = Known("1 2", "a", "{}", None)
    with AnalysisStore.open(tmp_path / "a.sqlite", 1) as store:
        store.see([("/m/a/1", known), ("/m/a%/2", known), ("/m/ab/3", known)])
        assert store.files_below(Path("/m/a")) == {"/m/a/1": known}
        assert len(store.files_below(Path("/"))) == 3
        store.settle([("/m/a/1", "told")], ["/m/ab/3"])
        assert {path: one.told for path, one in store.files_below(Path("/m")).items()} == {
            "/m/a/1": "told",
            "/m/a%/2": None,
        }


def test_what_is_no_store_is_refused_in_one_line(tmp_path):
    (tmp_path / "a.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(BadFile, match=r"is damaged .* delete it"), AnalysisStore.open(tmp_path / "a.sqlite", 1):
        pass
    with sqlite3.connect(tmp_path / "b.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(BadFile, match="newer version"), AnalysisStore.open(tmp_path / "b.sqlite", 1):
        pass


def test_a_content_id_is_of_the_bytes_wherever_they_lie(tmp_path):
    content = random.Random(1).randbytes(500_000)  # noqa: S311
    for name in ("a.mp3", "b.mp3", "b.wav"):
        (tmp_path / name).write_bytes(content)
    assert content_id(tmp_path / "a.mp3") == content_id(tmp_path / "b.mp3")
    for place in (0, 250_000, 499_999):
        (tmp_path / "b.mp3").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert content_id(tmp_path / "a.mp3") != content_id(tmp_path / "b.mp3")
    (tmp_path / "b.mp3").write_bytes(content[:-1])
    assert content_id(tmp_path / "a.mp3") != content_id(tmp_path / "b.mp3")
    # Uncompressed audio may be silent at the beginning, in the middle and at the end: all of it counts.
    before = content_id(tmp_path / "b.wav")
    (tmp_path / "b.wav").write_bytes(content[:100_000] + b"\0" + content[100_001:])
    assert content_id(tmp_path / "b.wav") != before

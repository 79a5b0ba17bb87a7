"""`segue backup` and `segue restore`: what was there is there again, and nothing else is ever believed or touched."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from segue.engine.snapshot import Snapshots
from segue.errors import BadFile
from segue.web.backup.archive import MANIFEST, Manifest, Table, is_ours, read, writing

_MADE = """
import sys
from pathlib import Path
from segue.home import Home
from segue.library import Library
from segue.web.setup import set_up
home, to = Home(Path(sys.argv[1])), Path(sys.argv[2])
set_up(home)
from segue.web.catalog import housekeeping, load
from segue.web.listening.models import Listen
from segue.web.backup.make import Wanted, keep_last, make
housekeeping.migrate()
load.load_path(home.library_path)
make(home, to, Wanted(secrets=True), print)
Listen.objects.all().delete()
make(home, to.with_name("bare.tar.gz"), Wanted(snapshot=False), print)
"""


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": "", "SEGUE_HOME": str(home), "COLUMNS": "200"}


def python(*command: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], env=environment(home), capture_output=True, text=True, check=False
    )  # fmt: skip


def segue(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return python("-m", "segue.cli.main", *arguments, home=home)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def backups(tmp_path_factory) -> Path:
    """A folder with a backup of a home with everything, and `bare.tar.gz` of the same without listens and snapshot."""
    from tests.conftest import small_library  # noqa: PLC0415

    home = tmp_path_factory.mktemp("served")
    small_library.__wrapped__().save(home / "library")
    snapshots = Snapshots(home / "snapshots")
    for _ in range(2):
        snapshots.publish(snapshot)
    (home / "uploads" / "abc").mkdir(parents=True)
    (home / "uploads" / "abc" / "upload.csv").write_text("time,artist\n")
    to = tmp_path_factory.mktemp("backups")
    (to / ".segue-backup-killed").mkdir()
    (to / ".segue-backup-killed" / "draft").write_text("half")
    made = python("-c", _MADE, str(home), str(to / "whole.tar.gz"), home=home)
    assert made.returncode == 0, made.stderr
    (to / "home").symlink_to(home)
    return to


def snapshot(draft: Path) -> dict:
    (draft / "models").mkdir()
    (draft / "models" / "weights.npy").write_bytes(bytes(range(256)) * 100)
    return {"segue": "0", "model": "m", "parameters": {}, "level": "track", "library": "x", "counts": {}, "metrics": {},
            "until_ms": 0}  # fmt: skip


def test_what_was_backed_up_is_restored_into_an_empty_home(backups, tmp_path):
    whole, before = backups / "whole.tar.gz", backups / "home"
    assert sorted(path.name for path in backups.glob("*.tar.gz")) == ["bare.tar.gz", "whole.tar.gz"]
    assert not list(backups.glob(".segue-*")), "what a killed backup left is still there"
    assert whole.stat().st_mode & 0o077 == 0
    home = tmp_path / "home"
    restored = segue("restore", str(whole), "--json", "-", home=home)
    assert restored.returncode == 0, restored.stderr
    told = json.loads(restored.stdout)
    assert not told["other_key"]
    current = Snapshots(before / "snapshots").current()
    assert Snapshots(home / "snapshots").names() == [current]
    old, new = files(before), files(home)
    for name in ("secret_key", "uploads/abc/upload.csv", f"snapshots/{current}/models/weights.npy"):
        assert new[name] == old[name]
    with closing(connect(home / "segue.sqlite")) as database:
        for table, one in told["tables"].items():
            assert database.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (one["rows"],)
        assert database.execute("SELECT count(*) FROM listening_listen").fetchone() == (5,)
    assert not (home / ".restoring").exists()
    assert list((home / "search").iterdir())

    again = segue("restore", str(whole), home=home)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    assert files(home).keys() == new.keys()


def test_a_backup_of_a_newer_segue_is_refused_and_the_home_stays_empty(backups, tmp_path):
    made = read(backups / "bare.tar.gz")
    newer = Manifest(
        "9", made.made, made.database, made.tables, (*made.migrations, "listening.9999_later"), None, made.key
    )
    with tarfile.open(backups / "bare.tar.gz") as tar:
        tar.extract("database.sqlite", tmp_path, filter="data")
    written(tmp_path / "newer.tar.gz", {"database.sqlite": (tmp_path / "database.sqlite").read_bytes()}, newer)
    said = segue("restore", str(tmp_path / "newer.tar.gz"), home=tmp_path / "home")
    assert said.returncode == 1
    assert "was made by Segue 9, whose database is newer (listening.9999_later)" in said.stderr
    assert files(tmp_path / "home") == {}


def test_a_backup_is_checked_and_never_overwritten(run, backups, monkeypatch):
    monkeypatch.setenv("SEGUE_HOME", os.environ["SEGUE_HOME"])  # the command sets it for its process
    bare, home = backups / "bare.tar.gz", backups / "home"
    before = bare.read_bytes()
    told = run("backup", "--check", str(bare), home=home).out
    assert "Every file is as it was" in told
    assert "no snapshot" in told
    assert read(bare).tables["listening_listen"] == Table(0)
    assert not read(bare).has_secret
    assert "is there already" in run("backup", str(bare), home=home, ok=1).err
    assert bare.read_bytes() == before


# -- the file --------------------------------------------------------------------------------------------------------------

_EMPTY = Manifest("0", "2026-11-21T00:00:00+00:00", "sqlite", {"a": Table(1)}, (), None, "k")


def written(path: Path, members: dict[str, bytes], manifest: Manifest = _EMPTY) -> Path:
    """A backup with these files, as `segue backup` writes one."""
    source = path.with_suffix(".member")
    with path.open("wb") as out, writing(out) as writer:
        for name, content in members.items():
            source.write_bytes(content)
            writer.add(name, source)
        writer.close(Manifest(**{**vars(manifest), "files": writer.files}))
    return path


def repacked(path: Path, change) -> None:
    """The same tar, with its members as `change` gives them."""
    with tarfile.open(path) as tar:
        members = [(one, tar.extractfile(one).read()) for one in tar]
    with tarfile.open(path, "w:gz") as tar:
        for about, content in change(members):
            about.size = len(content) if about.isreg() else 0
            tar.addfile(about, io.BytesIO(content))


def _changed(members):
    return [(about, b"other" if about.name == "secret_key" else content) for about, content in members]


def _more(members):
    return [(tarfile.TarInfo("uploads/more"), b"x"), *members]


def _twice(members):
    return [members[0], *members]


def _outside(members):
    return [(tarfile.TarInfo("uploads/../../outside"), b"x"), *members]


def _linked(members):
    link = tarfile.TarInfo("uploads/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return [(link, b""), *members]


def test_a_short_key_that_was_restored_is_the_services(tmp_path):
    (tmp_path / "secret_key").write_text("chosen-by-hand")
    told = "from segue.web.settings import SECRET_KEY; print(SECRET_KEY)"
    one = {name: value for name, value in environment(tmp_path).items() if not name.startswith("SEGUE_SECRET_KEY")}
    done = subprocess.run([sys.executable, "-c", told], env=one, capture_output=True, text=True, check=False)
    assert done.stdout == "chosen-by-hand\n", done.stderr


@pytest.mark.parametrize("change", [
    _changed, _more, _twice, _outside, _linked, lambda members: members[1:], lambda members: members[:-1],
    lambda members: [*members[:-1], (members[-1][0], b'{"format": 1}')],
    lambda members: [*members[:-1], (members[-1][0], members[-1][1].replace(b'"format": 1', b'"format": 2'))],
])  # fmt: skip
def test_a_file_that_is_not_as_it_says_is_refused_before_anything_is_written(tmp_path, change):
    path = written(tmp_path / "b.tar.gz", {"secret_key": b"key", "uploads/a/b": b"x" * 10_000})
    assert read(path).files["uploads/a/b"].bytes == 10_000
    repacked(path, change)
    with pytest.raises(BadFile, match=str(path)):
        read(path)
    assert not (tmp_path / "outside").exists()


def test_what_was_cut_off_or_is_no_backup_is_refused(tmp_path):
    path = written(tmp_path / "b.tar.gz", {"uploads/a": os.urandom(100_000)})
    whole = path.read_bytes()
    for part in (
        b"",
        b"text",
        whole[:50_000],
        whole[:-2000],
        gzip.compress(b"text"),
        whole[:9000] + b"x" + whole[9001:],
    ):
        path.write_bytes(part)
        with pytest.raises(BadFile, match="damaged"):
            read(path)


@pytest.mark.parametrize("name", [
    "/etc/passwd", "../a", "uploads/../a", "uploads//a", "uploads/./a", "uploads/a\\b", "uploads/a\0", "snapshots/x/a", "other",
    "snapshots/20260101T000000/../../a", MANIFEST, "library", "uploads/",
])  # fmt: skip
def test_names_that_no_backup_has(name):
    assert not is_ours(name)

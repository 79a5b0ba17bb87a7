"""`segue database`: a library into the service's database and out of it, and what is said where that cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segue.home import Home
from segue.library import Library


@pytest.fixture
def home(small_home, tmp_path, monkeypatch) -> Path:
    """A home with the small world's library and nothing else."""
    monkeypatch.setenv("SEGUE_HOME", os.environ["SEGUE_HOME"])  # the command sets it for its process
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "segue.web.settings")
    Library.open(small_home / "library").save(tmp_path / "home" / "library")
    return tmp_path / "home"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def segue(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, on the SQLite of a home."""
    environment = {**os.environ, "DATABASE_URL": "", "SEGUE_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "segue.cli.main", *arguments], env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_from_an_empty_home_to_a_library_and_back(home, tmp_path):
    early = segue("database", "load", home=home)
    assert early.returncode == 1
    assert "the database is not up to date" in early.stderr
    assert "segue database migrate" in early.stderr
    assert "Traceback" not in early.stderr

    assert segue("database", "migrate", home=home).stdout == "The database is up to date.\n"
    loaded = segue("database", "load", home=home)
    assert loaded.returncode == 0, loaded.stderr
    library = Home(home).library()
    assert f"{library.listens.height:>12,} listens new or changed" in loaded.stdout
    assert segue("database", "load", home=home).stdout == "Nothing new: the database has all of it.\n"

    told = segue("database", "info", home=home).stdout
    assert f"{library.tracks.height:>12,} tracks" in told
    assert " MB on the disk" in told
    exported = segue("database", "export", str(tmp_path / "out"), home=home)
    assert f"The library is in {tmp_path / 'out'}." in exported.stdout
    assert Library.open(tmp_path / "out").fingerprint() == library.fingerprint()


def test_answers_as_json(run, db, home, tmp_path):
    library = Home(home).library()
    rows = {table: number for table, number in library.counts().items() if number}
    first = json.loads(run("database", "load", "--json", "-", home=home).out)
    assert {table: first[table] for table in rows} == rows
    assert first["left_out"] == 0
    assert not any(json.loads(run("database", "load", "--json", "-", home=home).out).values())
    found = json.loads(run("database", "info", "--json", "-", home=home).out)
    assert {table: found["rows"][table] for table in rows} == rows
    assert found["size_bytes"] > 0
    exported = json.loads(run("database", "export", str(tmp_path / "out"), "--json", "-", home=home).out)
    assert {table: exported[table] for table in rows} == rows


def test_the_library_of_the_home_is_replaced_by_an_export(run, db, home, tmp_path):
    wanted = Home(home).library().fingerprint()
    run("database", "load", home=home)
    Library().save(home / "library")
    assert Home(home).library().fingerprint() != wanted
    run("database", "export", home=home)
    assert Home(home).library().fingerprint() == wanted


def test_a_library_of_somewhere_else_is_loaded(run, db, home, tmp_path):
    (home / "library").rename(tmp_path / "elsewhere")
    assert "listens new or changed" in run("database", "load", str(tmp_path / "elsewhere"), home=home).out


def test_what_is_left_out_is_said(run, db, home):
    library = Home(home).library()
    kept = {table.name: frame for table, frame in library.frames()} | {"tracks": library.tracks.head(5)}
    Library(**kept).save(home / "library")
    assert "rows or references left out: they name what is not there" in run("database", "load", home=home).out


@pytest.mark.parametrize("what", ["a file", "nothing", "an empty folder", "a folder with other things"])
def test_what_is_no_library_is_not_loaded(run, db, tmp_path, monkeypatch, what):
    monkeypatch.setenv("SEGUE_HOME", os.environ["SEGUE_HOME"])
    given = tmp_path / "given"
    if what == "a file":
        given.write_text("time,artist\n")
    elif what != "nothing":
        given.mkdir()
    if what == "a folder with other things":
        (given / "letter.txt").write_text("dear")
    said = run("database", "load", str(given), home=tmp_path / "home", ok=1)
    assert f"{given} holds no library: import something into it first" in said.err
    assert "Traceback" not in said.err


def test_a_home_without_a_library_says_how_to_get_one(run, db, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGUE_HOME", os.environ["SEGUE_HOME"])
    assert "segue import" in run("database", "load", home=tmp_path / "home", ok=1).err


def test_a_damaged_library_is_named(run, db, home):
    [listens] = (home / "library").glob("listens.*.parquet")
    listens.write_bytes(listens.read_bytes()[:-100])
    assert f"{home / 'library'} is damaged" in run("database", "load", home=home, ok=1).err
    listens.unlink()
    assert f"{listens.name} is not there" in run("database", "load", home=home, ok=1).err


@pytest.mark.parametrize("what", ["a file", "a folder with other things"])
def test_an_export_overwrites_nothing_that_is_no_library(run, db, home, tmp_path, what):
    given = tmp_path / "given"
    if what == "a file":
        given.write_text("mine")
        why = "is a file; name a folder"
    else:
        given.mkdir()
        (given / "letter.txt").write_text("mine")
        why = "holds other things than a library; name a new folder"
    before = files(tmp_path)
    assert f"{given}: {why}" in run("database", "export", str(given), home=home, ok=1).err
    assert files(tmp_path) == before


@pytest.mark.parametrize("doing", ["load", "export"])
def test_only_one_process_at_a_time_works_on_the_library_of_a_home(run, db, home, doing):
    with Home(home).changing():
        assert "another segue is changing the library" in run("database", doing, home=home, ok=1).err
    run("database", doing, home=home)

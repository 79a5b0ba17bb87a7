"""`segue scan` as a person runs it, with Segue's own analysis."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segue.cli.commands import scan as command
from segue.cli.main import main
from segue.library import Library
from tests.cli.test_commands import segue
from tests.sources.music_samples import flac, tone


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    music = tmp_path_factory.mktemp("music")
    flac(music / "Shores" / "1.flac", "TITLE=Sea", "ARTIST=Lark", "ALBUM=Shores", "TRACKNUMBER=1", seconds=4)
    flac(music / "Shores" / "2.flac", "TITLE=Hill [by the sea]", "ARTIST=Lark feat. Wren", "ALBUM=Shores", seconds=4)
    tone(music / "Owl - Night.ogg", 5)
    (music / "notes.mp3").write_text("no audio")
    return music


@pytest.fixture(scope="module")
def first(music, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A home, and what the first scan into it said."""
    home = tmp_path_factory.mktemp("home")
    return home, segue("scan", music, "--workers", "2", home=home)


def kept(home: Path) -> int:
    if not (home / "analyses.sqlite").exists():
        return 0
    database = sqlite3.connect(home / "analyses.sqlite", timeout=30)
    try:
        return int(database.execute("SELECT count(*) FROM analyses").fetchone()[0])
    except sqlite3.OperationalError:  # no table yet
        return 0
    finally:
        database.close()


def test_a_scan_shows_the_tracks_and_sums_up(first):
    home, done = first
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["artist", "title", "length"]
    assert max(map(len, lines)) <= 100
    assert any(line.startswith("Lark") and "Hill [by the sea]" in line and "0:04" in line for line in lines)
    summary = " ".join(" ".join(lines).split())
    assert "4 files, 13 s of music: 3 new; 3 analysed now in" in summary
    assert "x real time; 0 taken from the cache; 1 failed" in summary
    assert "notes.mp3: is not audio" in summary
    assert "analysing: 0 of 4 files" in done.stderr
    [rejects] = (home / "rejects").glob("*.csv")
    assert "notes.mp3" in rejects.read_text()
    library = Library.open(home / "library")
    assert library.counts() | {"tracks": 3, "files": 3, "artists": 3, "releases": 1} == library.counts()
    assert library.tracks["loudness"].null_count() == 0
    assert library.problems() == []


def test_a_second_scan_takes_everything_from_the_cache(first, music):
    home, _ = first
    done = segue("scan", music, "-n", "1", home=home)
    assert "3 unchanged; 0 analysed now; 3 taken from the cache; 1 failed" in " ".join(done.stdout.split())
    assert "and 2 more" in done.stdout
    assert "analysing" not in done.stderr


def test_json_holds_all_of_it_and_nothing_else(first, music):
    home, _ = first
    document = json.loads(segue("scan", music, "--json", "-", home=home).stdout)
    assert document["files"] == {"new": 0, "changed": 0, "moved": 0, "unchanged": 3, "gone": 0}
    assert (document["analysed"], document["from_cache"], document["failed"]) == (0, 3, 1)
    night = document["tracks"][0]
    assert (night["title"], night["artists"], night["duration_ms"]) == ("Night", ["Owl"], 5000)
    assert night["key_name"].split()[1] in ("major", "minor")
    assert document["tracks"][2]["artists"] == ["Lark"]


def test_tags_only_needs_no_analysis(music, tmp_path):
    done = segue("scan", music, "--no-analysis", home=tmp_path)
    # What is no audio has no tags to say so.
    assert "4 files" in done.stdout
    assert "analysed" not in done.stdout
    assert done.stdout.splitlines()[0].split() == ["artist", "title", "length"]
    assert kept(tmp_path) == 0


def stopped(music: Path, home: Path, how: signal.Signals) -> tuple[int, str]:
    """Scan, and stop it as soon as one more analysis is kept: its exit status, and what it said."""
    environment, before = {**os.environ, "SEGUE_HOME": str(home)}, kept(home)
    arguments = [sys.executable, "-m", "segue.cli.main", "scan", str(music), "--workers", "1"]
    with subprocess.Popen(
        arguments, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        deadline = time.monotonic() + 120
        while kept(home) == before and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(how)
        _, said = child.communicate(timeout=60)
    return child.returncode, said


def test_killed_or_interrupted_what_was_done_is_kept_and_not_done_again(tmp_path):
    music, home = tmp_path / "music", tmp_path / "home"
    for number in range(8):
        tone(music / f"{number}.wav", 30, 200 + number)
    stopped(music, home, signal.SIGKILL)
    killed = kept(home)
    status, said = stopped(music, home, signal.SIGINT)
    done = kept(home)
    assert 1 <= killed < done < 8
    assert status == 130
    assert f"interrupted; {done} analyses are kept" in said
    assert "Traceback" not in said
    assert not (home / "library").exists()
    document = json.loads(segue("scan", music, "--json", "-", home=home).stdout)
    assert (document["analysed"], document["from_cache"]) == (8 - done, done)


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("nowhere", "no such folder"),
        ("empty", "no audio in it"),
        ("file.txt", "is a file; name the folder that holds it"),
    ],
)
def test_what_fails_says_why_in_one_line(tmp_path, folder, says):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    done = segue("scan", tmp_path / folder, home=tmp_path / "home", ok=1)
    assert says in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("segue: ")]) == 1


def test_without_the_audio_packages_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    with pytest.raises(SystemExit):
        main(["scan", str(tmp_path), "--home", str(tmp_path)])
    assert "segue scan needs the audio packages: pip install 'segue[audio]'" in capsys.readouterr().err


def test_columns_give_way_where_there_is_no_room(first, music):
    home, done = first
    environment = {**os.environ, "COLUMNS": "60", "SEGUE_HOME": str(home)}
    arguments = [sys.executable, "-m", "segue.cli.main", "scan", str(music)]
    narrow = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout
    tables = [text.split("\n\n")[0].splitlines() for text in (narrow, done.stdout)]
    assert [max(map(len, table)) <= width for table, width in zip(tables, (60, 100), strict=True)] == [True, True]
    heads = [table[0].split() for table in tables]
    assert heads[0][:3] == ["artist", "title", "length"]
    assert heads[1][: len(heads[0])] == heads[0]
    assert len(heads[0]) < len(heads[1])
    assert not any("…" in line for line in tables[1])

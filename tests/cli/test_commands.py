"""The commands as a person runs them: real files, what they print and how they end; some in a process of their own."""

import fcntl
import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from segue.cli.main import main
from segue.demo import world
from segue.library import Library


@dataclass(frozen=True)
class Said:
    """What a command wrote."""

    stdout: str
    stderr: str


def segue(*arguments: str | Path, home: Path, ok: int = 0) -> Said:
    """Run a command in this process; its exit status must be `ok`."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in {"SEGUE_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
    said = Said(*(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]
    assert (ended.value.code or 0) == ok, f"{arguments} ended with {ended.value.code}:\n{said.stdout}\n{said.stderr}"
    assert "Traceback" not in said.stderr
    return said


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with a small world, imported and trained on."""
    home = tmp_path_factory.mktemp("home")
    world(seed=2, scale=0.12).save(home / "given")
    segue("import", home / "given", home=home)
    segue("train", "--model", "ease", "--set", "ease.regularisation=2", home=home)
    return home


@pytest.fixture(scope="module")
def artist(home) -> str:
    """An artist that many listen to."""
    library = Library.open(home / "library")
    first = library.listens["track_id"].cast(str).value_counts().sort("count", "track_id", descending=[True, False])
    track = library.tracks.row(by_predicate=pl.col("track_id") == first["track_id"][0], named=True)
    name = library.artists.row(by_predicate=pl.col("artist_id") == track["artist_ids"][0], named=True)["name"]
    return str(name)


def test_importing_twice_changes_nothing(home):
    again = segue("import", home / "given", home=home)
    assert "nothing new" in again.stdout


def test_info_counts_what_is_there(home):
    shown = json.loads(segue("info", "--json", "-", home=home).stdout)
    library = Library.open(home / "library")
    assert shown["library"] == library.counts()
    assert shown["problems"] == []
    assert shown["snapshot"]["model"] == "ease"
    assert "ease" in segue("info", home=home).stdout


def test_recommendations_for_a_liked_artist_say_why(home, artist):
    shown = segue("recommend", "--like", artist, "--why", "-n", "5", home=home).stdout
    assert "  1. " in shown
    assert "  5. " in shown
    assert "because you" in shown
    assert artist in shown
    [*found] = json.loads(segue("recommend", "--like", artist, "-n", "5", "--json", "-", home=home).stdout)[
        "recommendations"
    ]
    assert len(found) == 5
    assert found[0]["reasons"][0]["because"][0]["share"] > 0


def test_recommendations_for_a_listener_and_for_a_history_file(home, tmp_path):
    library = Library.open(home / "library")
    listener = str(library.listens["listener_id"][0])
    assert "  3. " in segue("recommend", "--listener", listener, "-n", "3", home=home).stdout
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    tracks = library.tracks.head(4).rows(named=True)
    file = tmp_path / "my.txt"
    file.write_text("".join(f"{names[track['artist_ids'][0]]} - {track['title']}\n" for track in tracks))
    done = segue("recommend", "--history", file, "-n", "3", home=home)
    assert "4 of 4" in done.stderr or "3 of" in done.stderr
    assert "  3. " in done.stdout


def test_similar(home, artist):
    assert "Like" in segue("similar", artist, "-n", "3", home=home).stdout


def test_snapshots_can_be_listed_and_rolled_back(home):
    segue("train", "--model", "popularity", "--no-measure", home=home)
    listed = json.loads(segue("snapshots", "--json", "-", home=home).stdout)
    assert [one["model"] for one in listed] == ["popularity", "ease"]
    assert listed[0]["current"]
    assert listed[1]["name"] in segue("snapshots", "use", "previous", home=home).stdout
    assert json.loads(segue("info", "--json", "-", home=home).stdout)["snapshot"]["model"] == "ease"


def test_evaluate_prints_a_leaderboard_and_writes_json_and_a_page(home, tmp_path):
    done = segue(
        "evaluate", home / "given", "--models", "popularity,ease", "--seeds", "2",
        "--json", tmp_path / "board.json", "--html", tmp_path / "board.html", home=home,
    )  # fmt: skip
    assert done.stdout.index("ease") < done.stdout.index("popularity")
    document = json.loads((tmp_path / "board.json").read_text())
    assert {model["name"] for model in document["models"]} == {"ease", "popularity"}
    assert "<table>" in (tmp_path / "board.html").read_text()


def test_json_on_standard_output_is_the_only_thing_there(home):
    done = segue("evaluate", home / "given", "--models", "popularity", "--json", "-", home=home)
    assert json.loads(done.stdout)["protocol"] == "holdout"


def test_export_and_import_again(home, tmp_path):
    segue("export", tmp_path / "tables", "--format", "parquet", home=home)
    assert {path.stem for path in (tmp_path / "tables").glob("*.parquet")} >= {"tracks", "listens"}
    playlist = Library.open(home / "library").playlists["playlist_id"][0]
    segue("export", tmp_path / "list.m3u8", "--playlist", playlist, home=home)
    assert (tmp_path / "list.m3u8").read_text().startswith("#EXTM3U")


def test_datasets_are_listed_with_their_terms(home):
    shown = segue("datasets", home=home).stdout
    assert "lastfm-2k" in shown
    assert "cite" in shown.lower()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["recommend", "--like", "Nobody At All"], "nothing here is called 'Nobody At All'"),
        (["recommend", "--listener", "nobody"], "no listener 'nobody'"),
        (["import", "missing.csv"], "missing.csv: no such file"),
        (["train", "--model", "eas"], "did you mean ease"),
        (["train", "--set", "hybrid.depth=2"], "no parameter 'depth'"),
        (["snapshots", "use", "yesterday"], "no snapshot 'yesterday'"),
        (["datasets", "napster"], "no data set 'napster'"),
        (["evaluate", "--models", "oracle"], "no model 'oracle'"),
        (["evaluate", "--protocol", "playcount"], "lower the thresholds"),
        (["train", "--set", "hybrid.seed=abc"], "seed must be like 0"),
        (["train", "--model", "ease", "--set", "ease.neighbours=0"], "must be 1 or more"),
        (["info", "--json", "nowhere/x.json"], "nowhere/x.json: there is no folder nowhere"),
    ],
)
def test_what_fails_says_why_in_one_line(home, arguments, says):
    done = segue(*arguments, home=home, ok=1)
    assert says in done.stderr
    assert done.stdout == ""
    assert len([line for line in done.stderr.splitlines() if line.startswith("segue: ")]) == 1


@pytest.mark.parametrize(
    "arguments",
    [["evaluate", "--protocol", "guess"], ["train", "--set", "nonsense"], ["recommend", "-n", "0"], ["fly"],
     ["train", "--level", "song"], ["evaluate", "--models", "ease", "--set", "eas.seed=1"],
     ["evaluate", "--protocol", "continuation", "--signal", "listens"]],
)  # fmt: skip
def test_bad_usage_ends_with_2(home, arguments):
    segue(*arguments, home=home, ok=2)


def test_a_page_for_which_there_is_no_place_is_refused_before_the_work(home, tmp_path):
    done = segue("explore", "--html", tmp_path, home=home, ok=1)
    assert done.stderr == f"segue: {tmp_path}: is a folder; name a file\n"


def test_whatever_a_name_holds_the_error_is_one_line_that_can_be_printed(tmp_path):
    done = segue("scan", tmp_path / "two\nlines\x1b[31m", home=tmp_path, ok=1)
    assert done.stderr.splitlines()[-1] == f"segue: {tmp_path}/two?lines?[31m: no such folder"
    assert "\\xff: is not UTF-8" in segue("recommend", "--like", "\udcff", home=tmp_path, ok=2).stderr


def test_letters_that_the_terminal_does_not_know_do_not_end_it(tmp_path):
    environment = {**os.environ, "COLUMNS": "500", "SEGUE_HOME": str(tmp_path / "Žofie"), "PYTHONIOENCODING": "ascii"}
    arguments = [sys.executable, "-m", "segue.cli.main", "info"]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert f"{tmp_path}/?ofie" in done.stdout


@pytest.mark.parametrize("where", ["segue.cli.main.commands", "segue.home.Home.at"])
def test_interrupted_at_any_moment_it_says_so_in_one_line(monkeypatch, capsys, where):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupt)
    with pytest.raises(SystemExit) as ended:
        main(["info"])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "segue: interrupted; nothing was changed\n"


def test_an_empty_home_says_what_to_do_first(tmp_path):
    assert "import" in segue("train", home=tmp_path, ok=1).stderr
    assert "train" in segue("recommend", "--like", "x", home=tmp_path, ok=1).stderr
    assert "nothing yet" in segue("info", home=tmp_path).stdout


def test_debug_shows_the_traceback(tmp_path):
    environment = {**os.environ, "SEGUE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "segue.cli.main", "--debug", "train"],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_killed_at_any_moment_an_import_leaves_the_old_library_or_the_new_one(tmp_path):
    old, new = world(seed=2, scale=0.05), world(seed=4, scale=0.05)
    old.save(tmp_path / "library")
    new.save(tmp_path / "given")
    before = Library.open(tmp_path / "library").fingerprint()
    environment = {**os.environ, "SEGUE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "segue.cli.main", "import", "--no-match", str(tmp_path / "given")]
    outcomes = set()
    for tenths in range(12, 40, 4):
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            try:
                child.wait(tenths / 10)
            except subprocess.TimeoutExpired:
                child.kill()
        left = Library.open(tmp_path / "library")
        left.validate()
        outcomes.add(left.fingerprint())
    merged = old.merge(new).fingerprint()
    segue("import", "--no-match", tmp_path / "given", home=tmp_path)
    assert outcomes <= {before, merged}
    assert Library.open(tmp_path / "library").fingerprint() == merged
    assert not list((tmp_path / "library").glob("*.draft*"))


def test_two_imports_at_once_do_not_lose_one(tmp_path):
    world(seed=2, scale=0.05).save(tmp_path / "given")
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = segue("import", tmp_path / "given", home=tmp_path, ok=1)
    assert "another segue is changing the library" in done.stderr


def test_the_version_is_told(capsys):
    main(["--version"])
    assert re.fullmatch(r"segue \d+\.\d+\.\d+\n", capsys.readouterr().out)

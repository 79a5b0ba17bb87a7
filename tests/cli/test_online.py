"""Playlists that people bring, and what services add, as a person runs them; services are on this machine."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from segue.cli.main import main
from segue.engine import Snapshots, train
from segue.library import Library
from tests.sources.online.fake import Answer, Fake, serving

KEY = "k3y-that-nobody-may-see"
MBID = "11111111-2222-3333-4444-555555555555"


class Done(NamedTuple):
    """What a command printed."""

    stdout: str
    stderr: str


@pytest.fixture
def segue(monkeypatch, capsys):
    """Runs a command with `say` on its standard input; its exit status must be `ok`."""

    def run(*arguments: str | Path, home: Path, ok: int = 0, say: str = "", **variables: str) -> Done:
        for name, value in {"SEGUE_HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1", **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(say.encode())))
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        done = Done(*capsys.readouterr())
        assert (ended.value.code or 0) == ok, done
        assert KEY not in done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    library = Library.of(
        artists=pl.DataFrame({"artist_id": ["larks", "gull"], "name": ["The Larks", "Gull Choir"]}),
        tracks=pl.DataFrame(
            {
                "track_id": ["lantern", "days", "reeds", "tide"],
                "title": ["Lantern", "Days", "Reeds", "Tide"],
                "artist_ids": [["larks"], ["larks"], ["gull"], ["gull"]],
            }
        ),
        listens=pl.DataFrame(
            {"listener_id": ["u", "u", "v", "v", "w", "w"], "track_id": ["lantern", "reeds", "lantern", "tide", "days", "reeds"]}
        ),
    )  # fmt: skip
    library.save(home / "library")
    train(library, Snapshots(home / "snapshots"), model="item-knn", measure=False)
    return home


def test_pasted_lines_say_what_was_found_and_what_comes_near(segue, home):
    pasted = "The Larks - Lantern\nGull Quire - Reeds\nSomebody - Xyzzy\n"
    done = segue("recommend", "--playlist", "-", "-n", "2", home=home, say=pasted)
    assert "standard input: 1 of 3 tracks found." in done.stderr
    assert "Not found: 'Gull Quire - Reeds' (closest: Gull Choir - Reeds)" in done.stderr
    assert "Not found: 'Somebody - Xyzzy'\n" in done.stderr
    assert "  1. " in done.stdout
    assert "Lantern" not in done.stdout
    document = json.loads(segue("recommend", "--playlist", "-", "--json", "-", home=home, say=pasted).stdout)
    assert document["matched"] == [
        {"asked": "The Larks - Lantern", "item_id": "lantern", "name": "The Larks - Lantern"}
    ]
    assert {one["asked"]: one["closest"] for one in document["unmatched"]} == {
        "Gull Quire - Reeds": ["Gull Choir - Reeds"], "Somebody - Xyzzy": [],
    }  # fmt: skip


def test_a_file_of_any_format_and_a_history(segue, home, tmp_path):
    file = tmp_path / "walks.m3u8"
    file.write_text("#EXTM3U\n#EXTINF:200,The Larks - Lantern\na.ogg\n")
    assert "1 of 1 tracks found" in segue("recommend", "--playlist", file, home=home).stderr
    assert "1 of 1 tracks found" in segue("recommend", "--history", file, home=home).stderr
    piped = segue("recommend", "--playlist", "-", home=home, say=file.read_text())
    assert "standard input: 1 of 1 tracks found" in piped.stderr


def test_a_link_is_fetched(segue, home):
    tracks = {"data": [{"title": "Lantern", "artist": {"name": "The Larks"}}], "total": 1}
    with serving({"/playlist/12": {"title": "Harbour", "tracks": tracks}}) as deezer:
        link = "https://www.deezer.com/fr/playlist/12"
        done = segue("recommend", "--playlist", link, home=home, DEEZER_URL=deezer.url)
        assert f"{link}: 1 of 1 tracks found." in done.stderr
        piped = segue("recommend", "--playlist", "-", home=home, say=f" {link}\n", DEEZER_URL=deezer.url)
        assert "1 of 1 tracks found." in piped.stderr


@pytest.mark.parametrize(
    ("playlist", "say", "says"),
    [
        ("https://example.org/list", "", "not a link to a playlist"),
        ("http://169.254.169.254/latest", "", "not a link to a playlist"),
        ("file:///etc/passwd", "", "not a link to a playlist"),
        ("https://open.spotify.com/playlist/0123456789abcdefABCDEF", "", "Exportify"),
        ("missing.csv", "", "missing.csv: no such file"),
        ("-", "", "standard input: is empty"),
        ("-", "<!DOCTYPE html>\n<li>Gull Choir - Tide</li>\n", "standard input: is of no known format and no text"),
        ("-", "Gull Choir - Tide\0\n", "standard input: is of no known format and no text"),
        ("-", "neither here nor there\n", 'standard input: no line reads like "Artist - Title"'),
    ],
)
def test_what_cannot_be_read_says_what_to_bring(segue, home, playlist, say, says):
    keys = {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""}
    done = segue("recommend", "--playlist", playlist, home=home, ok=1, say=say, **keys)
    assert says in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_a_closed_standard_input_is_said(home, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SystemExit):
        main(["recommend", "--playlist", "-", "--home", str(home)])
    assert capsys.readouterr().err == "segue: standard input: is closed; paste a playlist into it, or name a file\n"


# -- enrich ------------------------------------------------------------------------------------------------------


def lastfm(asked):
    tags = {"toptags": {"@attr": {"artist": asked.query["artist"]}, "tag": [{"name": "harbour", "count": 100}]}}
    return tags if asked.query["method"] == "artist.gettoptags" else {"error": 6}


def enriched(segue: Callable[..., Done], home: Path, fake: Fake, *arguments: str, ok: int = 0) -> Done:
    variables = {"LASTFM_API_KEY": KEY, "LASTFM_URL": fake.url, "MUSICBRAINZ_URL": fake.url}
    return segue("enrich", "--from", *arguments, home=home, ok=ok, **variables)


def test_enriching_merges_what_is_learned_and_remembers_the_answers(segue, home, tmp_path):
    Library.open(home / "library").save(tmp_path / "library")
    with serving({"/2.0/": lastfm}) as fake:
        assert "Last.fm knows 2 of the artists" in enriched(segue, tmp_path, fake, "lastfm").stdout
        asked = len(fake.asked)
        document = json.loads(enriched(segue, tmp_path, fake, "lastfm", "--json", "-").stdout)
        assert len(fake.asked) == asked == 6
    assert document["learned"] == {"artists": 2, "tracks": 0, "relations": 0}
    tags = Library.open(tmp_path / "library").validate().artists["tags"].to_list()
    assert [[one["tag"] for one in each] for each in tags] == [["harbour"], ["harbour"]]
    files = [file for file in tmp_path.rglob("*") if file.is_file() and file.suffix == ".json"]
    assert not any(KEY in file.read_text() for file in files)


def test_enriching_from_musicbrainz_asks_about_the_most_played(segue, home, tmp_path):
    Library.open(home / "library").save(tmp_path / "library")
    found = {"artists": [{"id": MBID, "name": "Gull Choir", "score": 100}]}
    routes = {"/ws/2/artist": found, f"/ws/2/artist/{MBID}": {"id": MBID, "country": "SE"}}
    with serving(routes) as fake:
        done = enriched(segue, tmp_path, fake, "musicbrainz", "--limit", "1")
    assert "knows 1 of the artists" in done.stdout
    assert Library.open(tmp_path / "library").artists["country"].to_list() == [None, "SE"]


def test_enriching_that_breaks_off_says_how_to_go_on_and_changes_nothing(segue, home, tmp_path):
    Library.open(home / "library").save(tmp_path / "library")
    before = Library.open(tmp_path / "library").fingerprint()
    with serving({"/2.0/": Answer({}, 429, {"Retry-After": "3600"})}) as fake:
        done = enriched(segue, tmp_path, fake, "lastfm", ok=1)
    assert "run it again to go on" in done.stderr
    assert Library.open(tmp_path / "library").fingerprint() == before
    assert "LASTFM_API_KEY" in segue("enrich", "--from", "lastfm", home=tmp_path, ok=1, LASTFM_API_KEY="").stderr
    segue("enrich", "--from", "napster", home=tmp_path, ok=2)
    segue("enrich", home=tmp_path, ok=2)

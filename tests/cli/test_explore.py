"""`segue explore` as a person runs it."""

import json

import pytest

from segue.demo import world
from tests.cli.test_commands import segue


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    world(seed=2, scale=0.06).save(home / "library")
    return home


def test_findings_are_printed_section_by_section(home):
    shown = segue("explore", home=home).stdout
    assert shown.index("What is here") < shown.index("What is played") < shown.index("What belongs together")
    assert "Half of all listening goes to" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_a_page_and_a_document_of_a_directory(home, tmp_path):
    page, document = tmp_path / "world.html", tmp_path / "world.json"
    done = segue(
        "explore", home / "library", "--level", "artist", "--html", page, "--json", document, home=tmp_path / "none"
    )
    assert "figures of library are in" in done.stdout
    assert page.read_text().startswith("<!doctype html>")
    found = json.loads(document.read_text())
    ids = {figure["id"] for section in found["sections"] for figure in section["figures"]}
    assert "top-artists" in ids
    assert "top-tracks" not in ids
    assert sorted(path.name for path in tmp_path.iterdir()) == ["world.html", "world.json"]


def test_json_on_standard_output_is_the_only_thing_there(home):
    assert json.loads(segue("explore", "--level", "artist", "--json", "-", home=home).stdout)["name"] == "library"


def test_what_fails_says_why(home, tmp_path):
    assert "import something" in segue("explore", home=tmp_path, ok=1).stderr
    segue("explore", "--level", "song", home=home, ok=2)

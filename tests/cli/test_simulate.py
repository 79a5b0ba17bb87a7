"""`segue simulate` as a person runs it."""

import inspect
import json

from segue.cli.commands.simulate import command
from segue.simulation.course import MODEL, SCALE, WEEKS
from segue.simulation.policies import COMPARED, POLICIES
from tests.cli.test_commands import segue

FEW = ("--weeks", 1, "--scale", 0.04, "--model", "rp3beta")


def test_a_table_a_verdict_a_page_and_a_document(tmp_path):
    page, document = tmp_path / "weeks.html", tmp_path / "weeks.json"
    done = segue(
        "simulate", *FEW, "--policies", "popularity,default", "--html", page, "--json", document, home=tmp_path
    )
    assert "Skips" in done.stdout
    assert "Under default, over 1 week," in done.stdout
    assert "Beside popularity" in done.stdout
    assert "The course of all weeks is in" in done.stdout
    assert "default: week 1 of 1" in done.stderr
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "<title>Weeks with simulated listeners</title>" in text
    assert "Simulated with Segue" in text
    assert "explored" not in text.lower().split("<main")[0].split("<header>")[1]
    assert "Breadth of listening" in text
    found = json.loads(document.read_text())
    assert [policy["name"] for policy in found["policies"]] == ["popularity", "default"]
    # Nothing is written but what was asked for: the home stays empty.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weeks.html", "weeks.json"]


def test_what_cannot_be_says_why(tmp_path):
    assert "there is no policy 'best'" in segue("simulate", "--policies", "best", home=tmp_path, ok=1).stderr


def test_the_defaults_are_those_of_the_library():
    parameters = inspect.signature(command).parameters
    assert [parameters[name].default for name in ("model", "scale", "weeks")] == [MODEL, SCALE, WEEKS]
    assert parameters["policies"].default == ",".join(COMPARED)
    assert all(name in str(parameters["policies"].annotation) for name in POLICIES)

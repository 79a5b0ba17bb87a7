"""`segue snapshots`, and what `segue train` says of what it made."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from segue.cli.commands.train import _ranker
from segue.engine.snapshot import Snapshots

OLD, UNMEASURED = "20200101T000000", "20200102T000000"


@pytest.fixture
def sick(small_home, tmp_path) -> Path:
    """A home whose snapshot in use is of the first format, with another that was not measured when it was trained."""
    snapshots = small_home / "snapshots"
    whole = snapshots / (snapshots / "current").read_text().strip()
    for name, changes in (
        (OLD, {"format": 1}),
        (UNMEASURED, {"metrics": {"ranker": {"on": False, "why": "off: too few"}}}),
    ):
        shutil.copytree(whole, tmp_path / "snapshots" / name)
        manifest = tmp_path / "snapshots" / name / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"name": name} | changes))
    (tmp_path / "snapshots" / "current").write_text(f"{OLD}\n")
    return tmp_path


def test_a_snapshot_of_an_older_format_says_train_again_and_does_not_hide_the_others(run, sick):
    shown = run("snapshots", home=sick).out
    assert "None of these is in use: train again" in shown
    assert f"  {OLD}  is of another format: train again (segue train)" in shown
    assert f"  {UNMEASURED}  rp3beta" in shown
    assert "NDCG" not in shown
    told = json.loads(run("snapshots", "--json", "-", home=sick).out)
    assert [one.get("problem") for one in told] == [None, "is of another format: train again (segue train)"]
    assert "snapshot   none: " in run("info", home=sick).out
    assert "is of another format: train again" in run("recommend", home=sick, ok=1).err


def test_what_was_measured_is_shown(run, small_home):
    assert "NDCG@20 0." in run("snapshots", home=small_home).out


def test_training_says_whether_the_ranker_is_on_and_why(run, small_home, tmp_path):
    shutil.copytree(small_home / "library", tmp_path / "library")
    said = run("train", "--model", "rp3beta", "--no-measure", home=tmp_path).out
    assert "Ranker off: it is learned for the hybrid only." in said
    assert "NDCG" not in said
    made = Snapshots(tmp_path / "snapshots").manifest(Snapshots(tmp_path / "snapshots").current())
    for verdict, says in (
        ({"on": False, "why": "off: too few"}, "Ranker off: too few."),
        ({"on": False, "why": "it learns from listens, and these are playlists"},
         "Ranker off: it learns from listens, and these are playlists."),
        ({"on": True, "why": "on: NDCG@20 0.3 with it and 0.2 without"},
         "Ranker on: NDCG@20 0.3 with it and 0.2 without."),
    ):  # fmt: skip
        assert _ranker(replace(made, metrics={"ranker": verdict})) == says


def test_what_cannot_be_trained_is_said_before_the_work(run, small_home):
    assert run("train", "--model", "eas", home=small_home, ok=1).err.startswith("segue: no model 'eas'")

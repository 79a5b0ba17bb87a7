"""What a request is told by the server."""

import os

import pytest
from django.core.signals import request_started

from segue.web.wsgi import application

pytestmark = pytest.mark.one_database


def test_requests_know_nothing_of_our_environment(db, monkeypatch, rf):
    monkeypatch.setenv("SEGUE_SECRET_KEY", "secret")
    told = []

    def listen(environ, **_):
        told.append(environ)

    request_started.connect(listen)
    try:
        asked = {**os.environ, **rf.get("/healthz").environ}
        started = []
        b"".join(application(asked, lambda status, headers: started.append(status)))
    finally:
        request_started.disconnect(listen)
    assert started == ["200 OK"]
    assert told[0]["PATH_INFO"] == "/healthz"
    assert "secret" not in told[0].values()
    assert not {name for name, value in os.environ.items() if told[0].get(name) == value}

"""Bringing one's listening: forms, how far it is, what came of it."""

import shutil

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from segue.web.jobs import queue
from segue.web.jobs.models import Job
from segue.web.listening import elsewhere, uploads
from segue.web.listening.models import Listen


@pytest.fixture(autouse=True)
def _empty_queue(db):
    queue.huey().storage.flush_queue()
    shutil.rmtree(uploads.folder(), ignore_errors=True)


@pytest.fixture
def page(user) -> Client:
    """`user`, signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def csv_of(catalogue) -> bytes:
    """Scrobbles of a track that is there, of one that is not, and a line without an artist."""
    row = catalogue.tracks.filter(catalogue.tracks["artist_ids"].list.len() == 1).row(0, named=True)
    name = dict(catalogue.artists.select("artist_id", "name").iter_rows())[row["artist_ids"][0]]
    lines = [
        f"{name},,{row['title']},03 Feb 2024 10:00",
        "Nobody at All,,Nothing of the Kind,03 Feb 2024 11:00",
        ",,Lost,03 Feb 2024 12:00",
    ]
    return "\n".join(lines).encode()


def test_a_file_is_brought_followed_and_told_of(page, listener, catalogue):
    begun = page.post("/import/", {"file": SimpleUploadedFile("scrobbles.csv", csv_of(catalogue))})
    assert begun.status_code == 302
    waiting = page.get(begun["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    queue.drain()
    done = page.get(f"{begun['Location']}state/")
    text = done.content.decode()
    assert "every 2s" not in text
    assert done["HX-Trigger"] == '{"said": {}}'
    assert Listen.objects.filter(listener=listener).count() == 1
    assert "Nobody at All - Nothing of the Kind" in text
    assert dict(done.context["report"]["numbers"])["new plays"] == 1
    assert done.context["report"]["n_rejects"] == 1
    assert "scrobbles.csv" in page.get("/import/").content.decode()


def test_a_file_that_is_none_is_said_to_be_and_nothing_is_lost(page, catalogue):
    begun = page.post("/import/", {"file": SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(200))})
    queue.drain()
    text = page.get(begun["Location"]).content.decode()
    assert "photo.png: not a format Segue knows" in text
    for empty in ({}, {"file": SimpleUploadedFile("nothing.csv", b"")}):
        refused = page.post("/import/", empty)
        assert refused.status_code == 422
        assert refused.context["problem"]


def test_an_import_is_ones_own(page, stranger, catalogue):
    other = Client()
    other.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    at = other.post("/import/", {"file": SimpleUploadedFile("scrobbles.csv", csv_of(catalogue))})["Location"]
    assert (
        page.get(at).status_code == page.get(f"{at}state/").status_code == page.post(f"{at}cancel/").status_code == 404
    )
    assert other.post(f"{at}cancel/").status_code == 302
    assert Job.objects.get().state == "cancelled"


def test_in_private_nothing_is_brought(page, catalogue):
    page.post("/privacy/private/", {"on": "1"})
    refused = page.post("/import/", {"file": SimpleUploadedFile("scrobbles.csv", csv_of(catalogue))})
    assert "private session" in refused.context["problem"]
    assert not Job.objects.exists()


def test_a_name_at_a_service_is_checked_before_anybody_is_asked(page, monkeypatch):
    monkeypatch.delenv("LASTFM_API_KEY", raising=False)
    assert elsewhere.services() == ("listenbrainz",)
    for given in ({"service": "listenbrainz", "name": "../x"}, {"service": "listenbrainz", "name": " "},
                  {"service": "lastfm", "name": "anna"}, {"service": "file:///etc", "name": "passwd"}):  # fmt: skip
        assert page.post("/import/", given).status_code == 422, given
    assert not Job.objects.exists()
    monkeypatch.setenv("LASTFM_API_KEY", "0" * 32)
    assert page.post("/import/", {"service": "lastfm", "name": "anna"}).status_code == 302
    [job] = Job.objects.all()
    assert job.input["of"] == "anna"


def test_what_a_service_tells_is_imported(page, listener, catalogue, monkeypatch):
    monkeypatch.setattr(elsewhere, "fetched", lambda service, of: catalogue_of_one(catalogue))
    at = page.post("/import/", {"service": "listenbrainz", "name": "anna"})["Location"]
    queue.drain()
    assert "1 of 1 play is in." in page.get(at).content.decode()
    assert Listen.objects.filter(listener=listener).count() == 1


def catalogue_of_one(catalogue):
    """What a service would tell of somebody who played one track."""
    from segue.sources.personal import Collection, Mention  # noqa: PLC0415
    from segue.sources.values import moment  # noqa: PLC0415

    row = catalogue.tracks.filter(catalogue.tracks["artist_ids"].list.len() == 1).row(0, named=True)
    name = dict(catalogue.artists.select("artist_id", "name").iter_rows())[row["artist_ids"][0]]
    found = Collection("listenbrainz")
    found.play(Mention(row["title"], (name,)), moment(1_700_000_000))
    return found.library()

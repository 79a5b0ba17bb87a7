"""Files of somebody's listening, into their listener."""

import gzip
import shutil
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from segue.web.jobs import queue
from segue.web.jobs.models import Job
from segue.web.listening import imports, uploads
from segue.web.listening.feedback import give_feedback, said_of
from segue.web.listening.models import Listen, Listener, listener_of
from segue.web.listening.record import NewListen, record_listens
from segue.web.playlists.models import Playlist
from tests.sources import samples_exports as samples
from tests.web.conftest import Api
from tests.web.listening.conftest import DAY_MS, NOW_MS


@pytest.fixture(autouse=True)
def _empty_queue(db):
    """Nothing of other tests waits, or lies about."""
    queue.huey().storage.flush_queue()
    shutil.rmtree(uploads.folder(), ignore_errors=True)


@pytest.fixture
def brought(user, songs, tmp_path):
    """Imports a sample, or any file, for `user`; gives the job when it is over."""

    def bring(file, **more):
        path = samples.SAMPLES[file](tmp_path) if isinstance(file, str) else file
        job = imports.begin(user, [path.read_bytes()], path.name, **more)
        queue.drain()
        job.refresh_from_db()
        return job

    return bring


def kept_files():
    return [path for path in uploads.folder().rglob("*") if path.is_file()]


def played(listener):
    rows = Listen.objects.filter(listener=listener).order_by("time_ms", "pk")
    return [(row.track.key, row.time_ms, row.plays) for row in rows]


def test_a_lastfm_csv(brought, listener):
    job = brought("lastfm-csv")
    assert (job.state, job.problem) == ("done", "")
    # Of three scrobbles, one has the date of a player without a clock, and one is of a song that is not in the catalogue.
    assert sorted(played(listener), key=str) == [("lantern", 1_612_386_000_000, 1), ("reeds", None, 1)]
    report = job.report
    assert report["format"] == "lastfm-csv"
    assert report["listens"] == {"read": 3, "recorded": 2, "known": 0, "missing": 1, "impossible": 0}
    assert report["tracks"] == {"found": 2, "missing": 1}
    [missing] = report["missing"]
    assert missing["name"] == "Øresund - Docks, Again"
    assert {"id": "docks", "name": "Øresund - Docks"} in missing["closest"]
    assert not kept_files()
    assert Listener.objects.get(pk=listener.pk).version > 0


def test_a_spotify_history_zip(brought, listener):
    job = brought("spotify-history")
    assert job.state == "done"
    assert [key for key, *_ in played(listener)] == ["lantern"]
    assert job.report["listens"]["missing"] == 1  # an episode of a podcast
    [listen] = Listen.objects.all()
    assert (listen.ms_played, listen.source) == (180_000, "spotify-history")


def test_a_spotify_account_zip_brings_likes_and_playlists_too(brought, listener):
    job = brought("spotify-account")
    assert job.state == "done"
    assert said_of(listener, track_key="lantern").like
    assert said_of(listener, artist_key="oresund").like
    assert said_of(listener, artist_key="choir").never
    assert said_of(listener, track_key="reeds").never is False
    playlist = Playlist.objects.get(listener=listener)
    assert (playlist.title, playlist.public) == ("Harbour walks", False)
    assert list(playlist.entries.values_list("track__key", flat=True)) == ["docks", "lantern"]
    assert job.report["playlists"] == 1


def test_a_listenbrainz_zip(brought, listener):
    job = brought("listenbrainz")
    assert job.state == "done"
    assert [key for key, *_ in played(listener)] == ["docks", "lantern", "reeds"] or job.report["listens"][
        "missing"
    ] == 1
    assert said_of(listener, track_key="lantern").like


@pytest.mark.parametrize("name", sorted(samples.SAMPLES))
def test_every_personal_format_twice_is_there_once(brought, listener, name):
    first = brought(name)
    assert (first.state, first.problem) == ("done", "")
    after = (played(listener), listener.feedback.count(), listener.playlists.count())
    assert any(after)
    again = brought(name)
    assert again.state == "done"
    assert again.report["listens"]["recorded"] == 0
    assert (played(listener), listener.feedback.count(), listener.playlists.count()) == after


def test_a_newer_count_of_plays_takes_the_place_of_the_older(brought, listener, tmp_path):
    rows = ["The Larks,Days,Reeds,01 Jan 1970 00:00\n"]
    file = tmp_path / "scrobbles.csv"
    for number in (2, 5):
        file.write_text("".join(rows * number) + "The Larks,Days,Lantern,03 Feb 2021 21:00\n")
        assert brought(file).state == "done"
    assert ("reeds", None, 5) in played(listener)


def test_what_was_said_here_stays(brought, listener):
    give_feedback(listener, "dislike", track_key="lantern")
    brought("spotify-account")
    said = said_of(listener, track_key="lantern")
    assert (said.like, said.dislike) == (False, True)


def test_a_playlist_that_was_changed_here_stays(brought, listener):
    brought("spotify-account")
    Playlist.objects.update(title="Mine now", version=1)
    brought("spotify-account")
    assert Playlist.objects.get().title == "Mine now"


def test_a_playlist_file_is_called_as_its_owner_calls_it(brought, listener):
    brought("lines")
    assert Playlist.objects.get().title == "walks"


def test_pasted_lines_become_a_playlist_and_likes(user, listener, songs):
    text = "1. The Larks - Lantern\nDocks by Øresund\nNobody - Nothing at all\n"
    job = imports.begin_text(user, text, title="For the road", wanted=["playlists", "likes"])
    queue.drain()
    job.refresh_from_db()
    playlist = Playlist.objects.get(listener=listener)
    assert playlist.title == "For the road"
    assert list(playlist.entries.values_list("track__key", flat=True)) == ["lantern", "docks"]
    assert said_of(listener, track_key="lantern").like
    assert said_of(listener, track_key="docks").like
    assert [one["name"] for one in job.report["missing"]] == ["Nobody - Nothing at all"]


def test_of_a_file_of_several_listeners_it_must_be_said_which_one_is(user, listener, songs, tmp_path):
    archive = samples.zipped(
        tmp_path / "hetrec.zip",
        {
            "artists.dat": "id\tname\turl\tpictureURL\n1\tThe Larks\tu\tp\n2\tØresund\tu\tp\n",
            "user_artists.dat": "userID\tartistID\tweight\n7\t1\t30\n8\t2\t5\n9\t1\t1\n",
        },
    )

    def result(**more):
        job = imports.begin(user, [archive.read_bytes()], "hetrec.zip", **more)
        queue.drain()
        job.refresh_from_db()
        return job

    asked = result()
    assert asked.state == "failed"
    assert "3 listeners" in asked.problem
    assert "listener" in asked.problem
    name = asked.problem.split("There is ")[1].split(",")[0]
    assert not Listen.objects.exists()
    assert "no listener 'nobody'" in result(listener="nobody").problem
    done = result(listener=name)
    assert done.state == "done"
    [listen] = Listen.objects.all()
    assert (listen.listener_id, listen.artist.key, listen.plays) == (listener.pk, "larks", 30)
    assert Listener.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("noise.bin", b"\x00\x01\x02" * 100, "not a format Segue knows"),
        ("broken.zip", b"PK\x03\x04" + b"x" * 200, "broken.zip"),
        ("../../../etc/passwd", b"root:x:0:0\n" * 20, "passwd: not a format"),
    ],
)
def test_what_cannot_be_read_fails_in_one_line_without_our_paths(user, songs, name, content, problem):
    job = imports.begin(user, [content], name)
    assert all(path.is_relative_to(uploads.folder()) and path.stem == "upload" for path in kept_files())
    queue.drain()
    job.refresh_from_db()
    assert job.state == "failed"
    assert problem in job.problem
    assert "\n" not in job.problem
    assert str(settings.HOME.path) not in job.problem
    assert not kept_files()


def test_a_zip_that_was_made_to_fill_memory_is_refused(user, songs, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("u.data", b"1\t1\t1\t1\n" * 20_000_000)
    job = imports.begin(user, [bomb.read_bytes()], "bomb.zip")
    queue.drain()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "unpacks to more than" in job.problem
    flat = imports.begin(user, [gzip.compress(b"a,b\n" * 20_000_000)], "bomb.csv.gz")
    queue.drain()
    flat.refresh_from_db()
    assert "unpacks to more than" in flat.problem


def test_files_that_nobody_waits_for_are_cleared_away(user, songs, monkeypatch):
    job = imports.begin(user, [b"x"], "waits.csv")
    uploads.keep([b"y"], "left.csv")
    monkeypatch.setattr(uploads, "_LEFT_BEHIND_S", -1)
    assert uploads.sweep() == 1
    assert [path.parent.name for path in kept_files()] == [job.input["file"].split("/")[1]]
    imports.cancel(job)
    assert not kept_files()


def test_two_people_who_bring_the_same_file_have_listeners_of_their_own(brought, stranger, listener):
    brought("lastfm-csv")
    imports.begin(stranger, [samples.SCROBBLES.encode()], "scrobbles.csv")
    queue.drain()
    assert played(listener_of(stranger)) == played(listener) != []


def test_a_whole_library_comes_into_the_service_by_staff_only(api, user, songs):
    file = samples.SCROBBLES.encode()
    refused = _post(api, "/service", file=SimpleUploadedFile("scrobbles.csv", file))
    assert refused.status_code == 403
    user.is_staff = True
    user.save()
    api = Api(user)
    accepted = _post(api, "/service", file=SimpleUploadedFile("scrobbles.csv", file))
    assert accepted.status_code == 202
    queue.drain()
    told = api.get(f"/imports/{accepted.json()['id']}").json()
    assert (told["state"], told["problem"]) == ("done", "")
    assert Listener.objects.filter(key="me").exists()
    assert told["report"]["rows"]["listens"] == 3


# -- over HTTP -----------------------------------------------------------------------------------------------------------


def _post(api, path="", **form):
    return Client().post(f"/api/v1/imports{path}", form, HTTP_AUTHORIZATION=f"Bearer {api.key}")


def test_a_file_is_sent_and_followed_to_its_end(api, others_api, listener, songs):
    accepted = _post(api, file=SimpleUploadedFile("scrobbles.csv", samples.SCROBBLES.encode()))
    assert accepted.status_code == 202, accepted.content
    begun = accepted.json()
    assert (begun["state"], begun["name"]) == ("queued", "scrobbles.csv")
    path = accepted["Location"].removeprefix("/api/v1")
    assert path == f"/imports/{begun['id']}"
    queue.drain()
    told = api.get(path).json()
    assert (told["state"], told["progress"], told["report"]["listens"]["recorded"]) == ("done", 1.0, 2)
    assert [one["id"] for one in api.get("/imports").json()["items"]] == [begun["id"]]
    assert others_api.get(path).status_code == 404
    assert (
        others_api.get(path).json()["detail"]
        == api.get("/imports/00000000-0000-0000-0000-000000000000").json()["detail"]
    )
    assert others_api("DELETE", path).status_code == 404
    assert others_api.get("/imports").json()["items"] == []


def test_text_is_sent_as_json(api, listener, songs):
    accepted = api.post("/imports", {"text": "The Larks - Lantern", "title": "Rainy", "wanted": ["likes"]})
    assert accepted.status_code == 202
    queue.drain()
    assert said_of(listener, track_key="lantern").like
    assert not Playlist.objects.exists()


def test_an_import_that_waits_is_cancelled(api, songs):
    begun = _post(api, file=SimpleUploadedFile("scrobbles.csv", samples.SCROBBLES.encode())).json()
    assert api("DELETE", f"/imports/{begun['id']}").json()["state"] == "cancelled"
    assert api("DELETE", f"/imports/{begun['id']}").json()["state"] == "cancelled"
    assert queue.drain() == 0
    assert not kept_files()
    assert not Listen.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": ""}, 422),
        ({"text": "a - b", "more": 1}, 422),
        ({"text": "a - b", "wanted": ["x"]}, 422),
        ([], 422),
    ],
)
def test_text_that_makes_no_sense_is_refused(api, body, status):
    assert api.post("/imports", body).status_code == status
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"file": "a text"}, 422),
        ({"strange": "1"}, 422),
        ({"format": "nonsense"}, 422),
        ({"wanted": "x"}, 422),
    ],
)
def test_forms_that_make_no_sense_are_refused(api, songs, form, status):
    if form and "file" not in form:
        form = {"file": SimpleUploadedFile("a.csv", b"x"), **form}
    answer = _post(api, **form)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert not Job.objects.exists()
    assert not kept_files()


def test_an_empty_file_is_refused(api, songs):
    answer = _post(api, file=SimpleUploadedFile("a.csv", b""))
    assert answer.status_code == 422
    assert "empty" in answer.json()["detail"]


def test_a_file_that_is_too_large_is_refused(api, songs, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    assert _post(api, file=SimpleUploadedFile("a.csv", b"x" * 5000)).status_code == 413
    assert not kept_files()


def test_too_many_imports_at_a_time_are_refused(api, songs):
    for _ in range(imports.MOST_WAITING):
        assert api.post("/imports", {"text": "The Larks - Lantern"}).status_code == 202
    assert api.post("/imports", {"text": "The Larks - Lantern"}).status_code == 409


def test_in_a_private_session_nothing_is_imported(api, listener, songs):
    Listener.objects.update(private_until_ms=NOW_MS + DAY_MS)
    answer = api.post("/imports", {"text": "The Larks - Lantern"})
    assert answer.status_code == 409
    assert "private" in answer.json()["detail"]


def test_sent_twice_with_an_idempotency_key_it_is_one_import(api, songs):
    first, second = (api.post("/imports", {"text": "The Larks - Lantern"}, Idempotency_Key="k") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second["Location"] == first["Location"]
    assert Job.objects.count() == 1


def test_an_import_and_what_was_sent_before_are_one_history(brought, listener):
    record_listens(listener, [NewListen(track_key="lantern", time_ms=1_612_386_000_000)])
    job = brought("lastfm-csv")
    assert job.report["listens"]["known"] == 1

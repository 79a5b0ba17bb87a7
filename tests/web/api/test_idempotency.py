"""A request with an Idempotency-Key is done once, however often it is sent."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from segue.web.api import idempotency
from segue.web.api.models import KeptAnswer
from tests.web.conftest import Api

KEY = "0c9bd1f2"


@pytest.fixture(autouse=True)
def _toys(toys):
    """All tests here are done with toys."""


def make(api, name="ball", key=KEY, path="/toys/make"):
    return api.post(path, {"name": name}, Idempotency_Key=key)


def test_the_same_request_again_gets_the_same_answer(api, toys):
    first, again = make(api), make(api)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content == b'{"name":"ball","number":1,"more":{}}'
    assert first["Content-Type"] == again["Content-Type"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert toys.done == ["ball"]


def test_without_a_key_it_is_done_each_time(api, toys):
    api.post("/toys/make", {"name": "ball"})
    api.post("/toys/make", {"name": "ball"})
    assert toys.done == ["ball", "ball"]


def test_the_key_with_another_request_is_refused(api, toys):
    make(api)
    for other in (make(api, "doll"), make(api, path="/toys/sell"), make(api, path="/toys/make?x=1")):
        assert other.status_code == 422
        assert other.json()["type"] == "urn:segue:problem:idempotency-key"
    assert toys.done == ["ball"]


def test_a_key_belongs_to_an_account(api, others_api, toys):
    assert make(api).json()["number"] == 1
    assert make(others_api).json()["number"] == 2
    # Two tokens of one account are one account.
    assert make(Api(api.user)).json()["number"] == 1


def test_what_was_refused_is_refused_again_and_what_failed_is_done_again(api, toys):
    assert make(api, "taken").status_code == make(api, "taken").status_code == 409
    assert toys.done == ["taken"]
    assert make(api, "broken", "b").status_code == make(api, "broken", "b").status_code == 500
    assert make(api, "busy", "c").status_code == make(api, "busy", "c").status_code == 503
    assert toys.done == ["taken", "broken", "broken", "busy", "busy"]
    assert KeptAnswer.objects.count() == 1


def test_what_never_began_leaves_the_key_free(api, toys):
    assert api.post("/toys/make", {"nome": "ball"}, Idempotency_Key=KEY).status_code == 422
    assert make(Api(api.user, ["read"])).status_code == 403
    assert make(api).status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 201, "naïve", "a\tb"])
def test_a_key_is_1_to_200_printable_characters(api, toys, key):
    assert make(api, key=key).status_code == 422
    assert not toys.done


@pytest.mark.parametrize("key", ["a", "a b", "~" * 200])
def test_any_printable_key_is_good(api, key):
    assert make(api, key=key).status_code == 201


def test_after_a_day_a_key_is_free_again(api, toys):
    make(api)
    KeptAnswer.objects.update(created=timezone.now() - timedelta(hours=24, seconds=1))
    assert make(api, "doll").json() == {"name": "doll", "number": 2, "more": {}}
    assert make(api, "doll")["Idempotent-Replayed"] == "true"


def test_old_answers_are_forgotten_and_new_ones_kept(api):
    make(api, key="old")
    KeptAnswer.objects.update(created=timezone.now() - timedelta(hours=25))
    make(api, key="new")
    assert idempotency.forget_old() == 1
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["new"]


def test_a_crash_does_not_hold_a_key_for_ever(api, toys):
    make(api)
    KeptAnswer.objects.update(status=None, body=None)
    busy = make(api)
    assert busy.status_code == 409
    assert int(busy["Retry-After"]) > 0
    KeptAnswer.objects.update(created=timezone.now() - idempotency.AT_WORK - timedelta(seconds=1))
    assert make(api).status_code == 201
    assert toys.done == ["ball", "ball"]


def test_files_are_part_of_the_request(api, toys):
    def send(content, name="a.csv", key=KEY):
        headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": key}
        return api.client.post("/api/v1/toys/send", {"file": SimpleUploadedFile(name, content)}, headers=headers)

    assert send(b"one,two").json() == {"name": "one,two", "number": 1, "more": {}}
    # The boundary of the form is another each time; the request is the same.
    assert send(b"one,two")["Idempotent-Replayed"] == "true"
    assert send(b"one,too").status_code == 422
    assert send(b"one,two", "b.csv").status_code == 422
    assert toys.done == ["a.csv"]


def test_nothing_of_a_private_session_is_kept(api, listener, toys):
    listener.private_until_ms = time.time_ns() // 1_000_000 + 60_000
    listener.save()
    assert make(api).status_code == make(api).status_code == 201
    assert not KeptAnswer.objects.exists()


def test_an_account_takes_its_answers_with_it(api, user):
    make(api)
    user.delete()
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done_and_the_others_are_told_to_wait(toys, user):
    api = Api(user)
    answers = []

    def send():
        try:
            answers.append(make(api, "wait"))
        finally:
            connection.close()

    first = threading.Thread(target=send)
    first.start()
    assert toys.working.wait(10)
    others = [threading.Thread(target=send) for _ in range(4)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(10)
    assert [answer.status_code for answer in answers] == [409] * 4
    toys.go_on.set()
    first.join(10)
    assert answers[-1].status_code == 201
    assert make(api, "wait").content == answers[-1].content
    assert toys.done == ["wait"]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_left_behind_is_taken_by_one_only(toys, user):
    api = Api(user)
    toys.go_on.set()
    make(api, "wait")
    toys.done.clear()
    KeptAnswer.objects.update(status=None, body=None, created=timezone.now() - timedelta(hours=1))
    start, answers = threading.Barrier(4), []

    def send():
        try:
            start.wait(10)
            answers.append(make(api, "wait").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert toys.done == ["wait"]
    assert set(answers) <= {201, 409}

"""Whatever goes wrong is a problem document that says what, where and what to do, and tells nothing else."""

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.usefixtures("toys")


def problem(response, status, kind):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:segue:problem:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def send(api, body: bytes, kind="application/json", path="/toys/sell"):
    return api.client.post(f"/api/v1{path}", body, content_type=kind, headers={"Authorization": f"Bearer {api.key}"})


def test_an_address_that_there_is_not(api):
    assert problem(api.get("/nothing/at/all"), 404, "not-found")["instance"] == "/api/v1/nothing/at/all"
    problem(api.get("/"), 404, "not-found")


def test_a_method_that_there_is_not(api):
    response = api("DELETE", "/toys/find")
    problem(response, 405, "method")
    assert response["Allow"] == "GET"


def test_nobody_and_somebody_with_a_wrong_token(db):
    response = Client().get("/api/v1/toys/find")
    problem(response, 401, "signed-out")
    assert response["WWW-Authenticate"] == "Bearer"
    response = Client().get("/api/v1/toys/find", headers={"Authorization": "Bearer segue_wrong"})
    problem(response, 401, "token")
    assert "invalid_token" in response["WWW-Authenticate"]


def test_a_body_that_is_no_json(api):
    for body in (b"{", b"\xff\xfe", b'{"name": "a",}', b'{"name": NaN}', b'{"number": 1e999}', b"[" * 100_000):
        problem(send(api, body), 400, "json")


def test_a_body_of_another_kind(api):
    problem(send(api, b'{"name": "a"}', "text/plain"), 415, "content-type")
    problem(send(api, b"name=a", "application/x-www-form-urlencoded"), 415, "content-type")
    response = send(api, b'{"name": "a"}', path="/toys/send")
    problem(response, 415, "content-type")
    assert response["Accept"] == "multipart/form-data"


def test_json_by_other_names_is_json(api):
    assert send(api, b'{"name": "a"}', "application/json; charset=utf-8").status_code == 200
    assert send(api, b'{"name": "a"}', "application/vnd.segue+json").status_code == 200


def test_a_body_that_is_too_large(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    problem(send(api, b'{"name": "%s"}' % (b"a" * 1024 * 1024)), 413, "too-large")
    settings.MAX_UPLOAD_BYTES = 2 * 1024 * 1024
    headers = {"Authorization": f"Bearer {api.key}", "Content-Length": str(3 * 1024 * 1024)}
    sent = api.client.post("/api/v1/toys/send", b"x", content_type="multipart/form-data; boundary=x", headers=headers)
    assert "2 MB" in problem(sent, 413, "too-large")["detail"]


def test_a_form_that_was_cut_off(api):
    problem(send(api, b"--x\r\nContent-Disp", "multipart/form-data", "/toys/send"), 400, "form")


def test_values_that_cannot_be_say_where(api):
    body = problem(api.post("/toys/sell", {"number": "many"}), 422, "invalid")
    assert {one["where"] for one in body["errors"]} == {"body.body.name", "body.body.number"}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a\0b"},
        {"name": "a", "more": {"x\0": []}},
        {"name": "a", "more": {"x": ["deep", "\0"]}},
        {"name": "a", "number": 2**63},
        {"name": "a", "number": -(2**63) - 1},
        {"name": "a", "number": "9" * 30},
    ],
)
def test_what_no_database_takes_is_refused(api, body):
    response = send(api, json.dumps(body).encode())
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udc00 and more"'])
def test_half_a_character_is_refused(api, text):
    problem(send(api, f'{{"name": {text}}}'.encode()), 422, "text")


def test_an_escaped_backslash_is_no_nul(api):
    assert send(api, rb'{"name": "\\u0000", "number": 9223372036854775807}').json()["name"] == "\\u0000"


@pytest.mark.parametrize(
    "query", ["words=a%00b", "words=a&number=9223372036854775808", "words=a&number=-9223372036854775809"]
)
def test_queries_are_looked_at_too(api, query):
    response = api.get(f"/toys/find?{query}")
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"


def test_a_query_that_is_no_utf8_is_stored_as_text(api):
    assert api.get("/toys/find?words=%ED%A0%80%FF").status_code == 200


@pytest.mark.parametrize("key", ["a" * 201, "a%00b"])
def test_ids_in_addresses_that_no_thing_can_have(api, key):
    problem(api.get(f"/toys/one/{key}"), 404, "not-found")


def test_what_nobody_foresaw_is_in_the_log_and_not_in_the_answer(api, caplog):
    response = api.post("/toys/make", {"name": "broken"})
    body = problem(response, 500, "failed")
    assert "spring" not in response.content.decode()
    assert body["request_id"] == response["X-Request-Id"]
    assert body["request_id"] in body["detail"]
    [line] = [record for record in caplog.records if "failed" in record.getMessage()]
    assert body["request_id"] in line.getMessage()
    assert "spring" in str(line.exc_info) + line.getMessage()


def test_no_snapshot_is_not_ready(api):
    response = api.post("/toys/make", {"name": "busy"})
    problem(response, 503, "no-snapshot")
    assert int(response["Retry-After"]) > 0


def test_every_answer_has_an_id_of_its_own(api):
    ids = [api.get(path)["X-Request-Id"] for path in ("/toys/find?words=a", "/nothing", "/toys/find")]
    assert len({*ids}) == 3


def test_a_session_needs_a_csrf_token_for_what_changes_something(user, api):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get("/api/v1/toys/find?words=a").status_code == 200
    problem(client.post("/api/v1/toys/sell", {"name": "a"}, content_type="application/json"), 403, "csrf")
    # A token is no cookie: nobody else's page can send it.
    client.logout()
    assert client.post("/api/v1/toys/sell", {"name": "a"}, content_type="application/json",
                       headers={"Authorization": f"Bearer {api.key}"}).status_code == 200  # fmt: skip

"""Requests with a token take a shorter way: what is promised of every answer holds there too."""

import pytest

PROMISED = (
    "Content-Length", "Content-Security-Policy", "Content-Type", "Cross-Origin-Opener-Policy", "Permissions-Policy",
    "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options",
)  # fmt: skip


@pytest.fixture
def answers(api, client):
    """The same question, by a token and by a session."""
    client.force_login(api.user)
    return api.get("/me"), client.get("/api/v1/me")


def test_a_token_gets_what_a_session_gets(answers):
    by_token, by_session = answers
    assert by_token.status_code == 200
    assert by_token.json()["email"] == by_session.json()["email"]
    assert {name: by_token[name] for name in PROMISED if name != "Content-Length"} == {
        name: by_session[name] for name in PROMISED if name != "Content-Length"
    }
    assert by_token["Content-Length"] == str(len(by_token.content))
    assert by_token["X-Request-Id"]


def test_a_token_is_answered_by_our_names_only(api):
    assert api.get("/me", host="elsewhere.example").status_code == 400


def test_a_token_neither_uses_nor_gets_a_session(api, others_api):
    api.client.force_login(others_api.user)
    answer = api.get("/me")
    assert answer.json()["email"] == api.user.email
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/nothing", "/listens/<listen>", "/%3Clisten%3E", "/"])
def test_what_is_not_there_is_a_problem(api, path):
    answer = api.get(path)
    assert answer.status_code in {404, 405}
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_that_is_withdrawn_or_lost_a_scope_counts_no_more_at_once(api):
    assert api.get("/me").status_code == 200
    api.token.scopes = ["listen"]
    api.token.save()
    assert api.get("/me").status_code == 403
    api.token.delete()
    assert api.get("/me").status_code == 401

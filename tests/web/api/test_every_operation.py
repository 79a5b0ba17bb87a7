"""What holds for every operation of the API, found by walking over all of them."""

import uuid

from django.test import Client

from segue.web.accounts.models import SCOPES
from segue.web.catalog.models import Track
from segue.web.discovery.models import Exposure, Outcome
from segue.web.listening.models import listener_of
from tests.web.api.objects import MAKERS, MISSING, NOBODYS, operations
from tests.web.conftest import Api

OPERATIONS = operations()
BODIES = {
    "change_playlist": lambda: {"title": "Ours"},
    "add_entries": lambda: {"tracks": [_track()]},
    "replace_entries": lambda: {"tracks": [_track()]},
    "move_entries": lambda: {"start": 0, "to": 2},
    "remove_entries": lambda: {"positions": [0]},
    "next_of_station": lambda: {"n": 3},
    "played_on_station": lambda: {"track": _track(), "time_ms": 1_795_264_496_000, "outcome": "played"},
}
"""A good body for each operation on somebody's own that takes one."""


def _track():
    return Track.objects.order_by("pk")[0].key


def ids(operation, made):
    return {one: made[one]() if one in made else NOBODYS[one]() for one in operation.parameters}


def at_nothing(operation):
    """The address of an operation, with ids that nothing has."""
    return operation.at({one: MISSING[one]() if one in MISSING else "none" for one in operation.parameters})


def test_every_parameter_in_an_address_is_known_to_these_tests():
    parameters = {(one, operation.path) for operation in OPERATIONS for one in operation.parameters}
    unknown = [f"{parameter} in {path}" for parameter, path in parameters if parameter not in MAKERS | NOBODYS]
    assert not unknown, (
        "add how to make one to MAKERS in tests/web/api/objects.py, or to NOBODYS what belongs to nobody"
    )


def test_without_a_token_nothing_is_answered(db):
    answers = {}
    for operation in OPERATIONS:
        response = Client().generic(operation.method, f"/api/v1{at_nothing(operation)}", b"{}", "application/json")
        answers[operation.id] = response.status_code, response.json().get("type")
    assert answers == {operation.id: (401, "urn:segue:problem:signed-out") for operation in OPERATIONS}


def test_without_its_scope_nothing_is_answered(user):
    apis = {scope: Api(user, [other for other in SCOPES if other != scope]) for scope in SCOPES}
    answers = {}
    for operation in OPERATIONS:
        response = apis[operation.scope](operation.method, at_nothing(operation), {})
        answers[operation.id] = response.status_code, response.json().get("type")
    assert answers == {operation.id: (403, "urn:segue:problem:scope") for operation in OPERATIONS}


def test_what_is_for_staff_is_for_nobody_else_whatever_the_token_says(user):
    for operation in OPERATIONS:
        if operation.scope == "staff":
            response = Api(user, SCOPES)(operation.method, at_nothing(operation), {})
            assert response.status_code == 403, operation


def test_what_is_somebody_elses_looks_like_what_is_not_there(snapshot, catalogue, user, stranger):
    api, theirs = Api(user), {name: (lambda maker=maker: maker(stranger)) for name, maker in MAKERS.items()}
    mine = {name: (lambda maker=maker: maker(user)) for name, maker in MAKERS.items()}
    wrong = []
    for operation in OPERATIONS:
        if not any(parameter in MAKERS for parameter in operation.parameters):
            continue
        body = BODIES[operation.id]() if operation.id in BODIES else None
        own, others, missing = (
            api(operation.method, operation.at(ids(operation, made)), body) for made in (mine, theirs, MISSING)
        )
        # If it did not work on one's own, a 404 of the others' would say nothing.
        if own.status_code >= 400:
            wrong.append((operation, "own", own.status_code, own.content))
        if others.status_code != 404 or missing.status_code != 404:
            wrong.append((operation, others.status_code, missing.status_code, others.content))
        elif others.json() | {"instance": ""} != missing.json() | {"instance": ""}:
            wrong.append((operation, others.content, missing.content))
    assert not wrong


def test_what_was_shown_to_somebody_else_cannot_be_told_of(catalogue, user, stranger):
    """An exposure stands in bodies: somebody else's counts as none, and nothing is written to it."""
    track = _track()
    theirs = Exposure.objects.create(listener=listener_of(stranger), surface="recommendations", snapshot="s", shown_ms=1,
                                     tracks=[[track, "model", None]])  # fmt: skip
    api, answers = Api(user), []
    for exposure in (str(theirs.pk), str(uuid.uuid4())):
        sent = [{"track": track, "time_ms": 1_600_000_000_000 + len(answers), "exposure": exposure}]
        listens, words = (
            api.post("/listens", sent),
            api("PUT", f"/feedback/tracks/{track}", {"kind": "like", "exposure": exposure}),
        )
        answers.append((listens.status_code, listens.json(), words.status_code, words.json().get("detail")))
    assert answers[0] == answers[1]
    assert not Outcome.objects.exists()

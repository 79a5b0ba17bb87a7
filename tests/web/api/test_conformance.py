"""The API against its own OpenAPI document: whatever is sent, no failure, and no answer that the document does not have."""

import contextlib
import gc

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.effort import examples
from tests.web.api.objects import MAKERS, NOBODYS
from tests.web.conftest import Api

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
EXAMPLES = examples(12)
"""Requests of each kind for each operation: good ones, bad ones, and both to things that there are."""


class Undone(Exception):
    """Takes back what a request did."""


@pytest.fixture
def one_connection():
    """Requests leave the connection alone, which holds the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    gc.collect()  # files of answers that nobody closed
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _said(error):
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(map(_said, error.exceptions))
    return f"{error!r} {error} {getattr(error, 'message', '')}"


def ask_once(case, api):
    """Send a request, check the answer, and take back what it did."""
    with transaction.atomic():
        case.call_and_validate(headers={"Authorization": f"Bearer {api.key}"}, checks=CHECKS)
        raise Undone


def faults(operation, api, ids):
    """What is wrong with the answers of an operation, at most one for each way of asking."""
    named = {name: ids[operation.path.split("/")[1], name] for name in (one.name for one in operation.path_parameters)}
    found = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for fixed in ({"path_parameters": named}, {}) if named else ({},):

            @seed(7)
            @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode, **fixed))
            def ask(case):
                with contextlib.suppress(Undone):
                    ask_once(case, api)

            try:
                ask()
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all of them are told at the end
                found.append(f"{operation.label} ({mode.value}): {_said(error)}"[:3000])
    return found


# The client that asks here does not close answers, and so not the files that were sent.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_answer_is_one_that_the_document_does_not_have(snapshot, catalogue, user, settings, one_connection):
    settings.RATE_LIMIT = settings.RATE_LIMIT_COSTLY = 0
    user.is_staff = True
    user.save()
    api = Api(user)
    ids = {name: maker(user) for name, maker in MAKERS.items()} | {name: maker() for name, maker in NOBODYS.items()}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    schema.validate()
    wrong = []
    for result in schema.get_all_operations():
        wrong += faults(result.ok(), api, ids)
    assert not wrong, "\n\n".join(wrong)

"""What must not be done twice: the same request with the same `Idempotency-Key` gets the same answer again."""

from __future__ import annotations

import functools
import hashlib
import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import orjson
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from segue.web import clock
from segue.web.api.errors import Problem
from segue.web.api.models import KeptAnswer

KEPT = timedelta(hours=24)
AT_WORK = timedelta(seconds=120)
"""No request works longer. What is still without an answer then was cut off, and its key is free again."""
_KEY = re.compile(r"[\x20-\x7e]{1,200}")
_HEADERS = ("Content-Type", "Location", "ETag")
_View = TypeVar("_View", bound=Callable[..., Any])


def once(view: _View) -> _View:
    """A POST operation that may be sent again safely. Stands below `@router.post(…)`, and needs `auth`.

    A request with a header `Idempotency-Key` is done once for its account: sent again within 24 hours, it gets the answer
    that was kept, with `Idempotent-Replayed: true`. The key with another request is 422, and while the first is still being
    answered, 409. An answer of 5xx is not kept. In a private session nothing is kept, so that nothing stays of it.
    """

    @functools.wraps(view)
    def claiming(request: HttpRequest, *args: Any, **more: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(request, *args, **more)
        if not _KEY.fullmatch(key):
            raise Problem(422, "idempotency-key", "Idempotency-Key must be 1 to 200 printable ASCII characters.")
        caller = request.auth  # type: ignore[attr-defined]
        if caller.listener.is_private(clock.now_ms()):
            return view(request, *args, **more)
        claim = _claim(caller.user.pk, key, digest_of(request))
        if claim.status is not None:
            return _again(claim)
        request.claim = claim  # type: ignore[attr-defined]
        return view(request, *args, **more)

    # What ninja reads: names in annotations are those of the operation's module, not of this one.
    claiming.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    contribute_operation_callback(claiming, _keeps_answers)
    return claiming  # type: ignore[return-value]


def forget_old() -> int:
    """Delete the answers that are older than 24 hours; gives their number."""
    return KeptAnswer.objects.filter(created__lt=timezone.now() - KEPT).delete()[0]


def digest_of(request: HttpRequest) -> str:
    """What tells one request from another: its method, address and body, hashed."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not (request.content_type or "").startswith("multipart/"):
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(orjson.dumps([name, values]))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(orjson.dumps([name, file.name, file.size]))
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def _keeps_answers(operation: Operation) -> None:
    """Makes an operation keep what it answers, and say so in the OpenAPI."""

    def keeping(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(run)
        def answer(request: HttpRequest, **more: Any) -> HttpResponseBase:
            try:
                response = run(request, **more)
            except BaseException:
                _keep(request, None)
                raise
            _keep(request, response)
            return response

        return answer

    operation.run = keeping(operation.run)  # type: ignore[method-assign]
    # Operations are copied when they are bound to the API; what stands here is applied to the copy.
    operation._run_decorators = [*getattr(operation, "_run_decorators", ()), keeping]  # type: ignore[attr-defined]
    extra = dict(operation.openapi_extra or {})
    extra["parameters"] = [*extra.get("parameters", ()), PARAMETER]
    operation.openapi_extra = extra


PARAMETER: dict[str, Any] = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "description": "Names this request: sent again with it within 24 hours, it is not done again and gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    "example": "0c9bd1f2-6f0e-4a39-9f31-0b8f3f0f6f6d",
}  # fmt: skip


def _claim(user_id: int, key: str, digest: str) -> KeptAnswer:
    """This request's place under its key: a new one (no status yet), or the answer that is kept there."""
    now = timezone.now()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(user_id=user_id, key=key, request=digest, created=now)
    except IntegrityError:
        pass
    found = KeptAnswer.objects.filter(user_id=user_id, key=key).first()
    if found is None:  # the first one failed just now
        raise _at_work()
    gone = found.created < now - KEPT
    if not gone and found.request != digest:
        raise Problem(422, "idempotency-key", "That Idempotency-Key was used for another request: take a new one.")
    if not gone and found.status is not None:
        return found
    if not gone and found.created > now - AT_WORK:
        raise _at_work()
    # Whoever changes the row first has it; `created` is what tells one claim from the next.
    mine = KeptAnswer.objects.filter(pk=found.pk, created=found.created, status=found.status).update(
        created=now, request=digest, status=None, body=None
    )
    if not mine:
        raise _at_work()
    return KeptAnswer(pk=found.pk, user_id=user_id, key=key, request=digest, created=now)


def _keep(request: HttpRequest, response: HttpResponseBase | None) -> None:
    """Keep an answer under the claim of its request, or give the claim up."""
    claim: KeptAnswer | None = request.__dict__.pop("claim", None)
    if claim is None:
        return
    mine = KeptAnswer.objects.filter(pk=claim.pk, created=claim.created, status=None)
    if not isinstance(response, HttpResponse) or response.status_code >= 500:
        mine.delete()
        return
    headers = {name: response[name] for name in _HEADERS if name in response}
    mine.update(status=response.status_code, body=orjson.dumps(headers) + b"\n" + response.content)


def _again(kept: KeptAnswer) -> HttpResponse:
    head, _, body = bytes(kept.body or b"{}").partition(b"\n")
    response = HttpResponse(body, status=kept.status, headers=orjson.loads(head))
    response["Idempotent-Replayed"] = "true"
    return response


def _at_work() -> Problem:
    return Problem(409, "at-work", "The first request with that Idempotency-Key is still being answered: try again soon.",
                   headers={"Retry-After": "1"})  # fmt: skip

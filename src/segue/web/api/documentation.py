"""The OpenAPI document, made of what the operations say and of what holds for all of them; and the page that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from segue.web.api.errors import MEDIA_TYPE, title_of

if TYPE_CHECKING:
    from ninja import NinjaAPI

ROOT = "/api/v1"
ABOUT = """Music recommendations with true reasons: send what was played, and ask what to play next.

**Signing in.** Programs send a token as `Authorization: Bearer segue_…`; make one on your account page. Pages of this service
use their session, and send `X-CSRFToken` with what changes something.

**Errors** are `application/problem+json` (RFC 9457). `type` is stable: programs may rely on it. What belongs to another account
is 404, as what is not there.

**Lists** come in pages: send `next` as `cursor` until it is null.

**Sending again.** A POST that takes `Idempotency-Key` is done once, however often it is sent within 24 hours. Listens need none:
their `id` tells them apart.

**Limits.** `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) stand on every answer; after 429, wait
`Retry-After` seconds."""
TAGS = {
    "me": "Your account: name and profile, private sessions, everything that is held about you, and leaving.",
    "tokens": "Keys for programs. A key is shown once, when it is made.",
    "listens": "What was played: sent in batches, late and in any order; acknowledged when it is on the disk.",
    "feedback": "Likes, dislikes, and what should never be played.",
    "taste": "What Segue makes of your listening, and what you say to it.",
    "imports": "Listening histories and playlists from elsewhere, read in the background.",
    "recommendations": "What to play next, each with a reason.",
    "similar": "Tracks and artists like another.",
    "related": "Artists that have to do with another.",
    "mixes": "Playlists that Segue makes for you, by day and week.",
    "stations": "Endless play from a track, an artist or words.",
    "search": "Finding tracks, artists and releases by what they are called.",
    "catalogue": "Tracks, artists and releases.",
    "playlists": "Your playlists.",
    "welcome": "The first visit: artists to pick from.",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "Stable; programs may rely on it.", "examples": ["urn:segue:problem:not-found"]},
        "title": {"type": "string", "examples": ["Not found"]},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "examples": [404]},
        "detail": {"type": "string", "description": "What was wrong, where, and what to do.",
                   "examples": ["There is no track of that id."]},
        "instance": {"type": "string", "description": "The path that was asked for.", "examples": ["/api/v1/tracks/none"]},
        "errors": {
            "type": "array", "description": "With `urn:segue:problem:invalid`: each value that cannot be what it is.",
            "items": {"type": "object", "required": ["where", "what"],
                      "properties": {"where": {"type": "string"}, "what": {"type": "string"}}},
        },
    },
}  # fmt: skip
HEADERS: dict[str, Any] = {
    "RateLimit-Limit": ("Requests in a minute.", 600),
    "RateLimit-Remaining": ("How many of them are left now.", 599),
    "RateLimit-Reset": ("Seconds until all of them are there again.", 1),
    "Retry-After": ("Seconds to wait.", 1),
}
_WHEN = {
    400: "The body is no JSON.",
    401: "No token and no session, or one that is unknown, withdrawn or has expired.",
    403: "The token lacks the scope, or the CSRF token is wrong.",
    404: "There is no such thing, or it is somebody else's.",
    409: "It is in the way of something else.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "A value cannot be what it is.",
    429: "Too many requests: wait as `Retry-After` says.",
    500: "Something went wrong here.",
    503: "Not ready: there are no recommendations yet, or the database is busy.",
}


def document(api: NinjaAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an API."""
    made: dict[str, Any] = OpenAPISchema(api, "")
    operations = {
        operation.operation_id or api.get_openapi_operation_id(operation): operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    }
    for methods in made["paths"].values():
        for described in methods.values():
            _complete(described, operations[described["operationId"]])
    used = {tag for methods in made["paths"].values() for one in methods.values() for tag in one.get("tags", ())}
    made["servers"] = [{"url": ROOT, "description": "This service."}]
    made["tags"] = [{"name": name, "description": TAGS.get(name, name.capitalize())} for name in sorted(used)]
    components = made["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["headers"] = {
        name: {"description": meaning, "schema": {"type": "integer", "minimum": 0}, "example": example}
        for name, (meaning, example) in HEADERS.items()
    }
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token, with the scopes that an operation names."},
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME,
                    "description": "A session of this service; with `X-CSRFToken` for what changes something."},
    }  # fmt: skip
    return made


def _complete(described: dict[str, Any], operation: Any) -> None:
    """What holds for every operation: who may, which problems there are, and the headers of answers."""
    scopes = [auth.scope for auth in operation.auth_callbacks if hasattr(auth, "scope")]
    if scopes:
        described["security"] = [{"token": scopes}, {"session": []}]
    for number in sorted(
        {*_problems(described, operation), *(int(one) for one in described["responses"] if int(one) >= 400)}
    ):
        described["responses"].pop(number, None)
        described["responses"][str(number)] = _problem(number)
    for parameter in described.get("parameters", ()):
        # Of a schema, examples are a list; of a parameter, a list is none.
        if isinstance(parameter.get("examples"), list):
            parameter["example"] = parameter.pop("examples")[0]
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS if name != "Retry-After"}
    for number, response in described["responses"].items():
        response["headers"] = limits | response.get("headers", {})
        if int(number) == 429:
            response["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    described["responses"] = {str(number): one for number, one in described["responses"].items()}


def _problems(described: dict[str, Any], operation: Any) -> set[int]:
    """The statuses that an operation may fail with."""
    found = {429, 500, 503}
    if operation.auth_callbacks:
        found |= {401, 403}
    parameters, body = described.get("parameters", ()), "requestBody" in described
    if body:
        found |= {400, 404, 413, 415}
    if parameters or body:
        found.add(422)
    if any(one["in"] == "path" for one in parameters):
        found.add(404)
    if not set(operation.methods) <= {"GET", "HEAD"}:
        found.add(409)
    return found


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": _WHEN.get(status, title_of(status)),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


class Documentation(DocsBase):
    """The page that shows the API: Swagger UI as django-ninja brings it, started by a script of our own."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """The page."""
        return render(request, "api/documentation.html", {"document": self.get_openapi_url(api, kwargs)})

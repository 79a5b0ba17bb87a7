"""Listening histories and playlists from elsewhere, read in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, ValidationError

from segue import sources
from segue.web.api.auth import Needs
from segue.web.api.errors import Problem, not_found
from segue.web.api.idempotency import once
from segue.web.api.limits import costly
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.api.reading import Reader
from segue.web.jobs.models import Job
from segue.web.jobs.run import summary
from segue.web.listening import imports

router = Router()
PREFIX = "/imports"
TAG = "imports"

_READER = Reader()


class ImportOut(Schema):
    """An import: how far it is, and what came of it."""

    id: UUID
    kind: Literal["import-listening", "import-service"]
    name: str = Field(description="What the file is called.", examples=["my_spotify_data.zip"])
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = Field(ge=0, le=1, examples=[0.4])
    doing: str = Field(description="What is being done now.", examples=["looking its tracks up"])
    report: dict[str, Any] = Field(
        description="What came of it: rows that were read, recorded, known already, and the first names that were not found.",
        examples=[
            {"format": "spotify-history", "listens": {"read": 9120, "recorded": 8770, "known": 0, "missing": 350}}
        ],
    )
    problem: str = Field(description="Why it failed, in one line.", examples=[""])
    created: datetime
    started: datetime | None
    finished: datetime | None


class TextIn(Schema):
    """Lines that name tracks, as they are pasted."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=500_000, description='Lines such as "Artist - Title".',
                      examples=["Portishead - Glory Box\nMassive Attack - Teardrop"])  # fmt: skip
    title: str | None = Field(None, max_length=200, description="What the playlist is called.", examples=["Rainy days"])
    wanted: list[Literal["playlists", "likes"]] = Field(
        ["playlists"], min_length=1, max_length=2, description="Whether it becomes a playlist, likes, or both."
    )


_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "A file of a service, or a playlist: zip, csv, json, …"},
        "listener": {"type": "string", "minLength": 1, "maxLength": 200,
                     "description": "Which listener of the file you are, where it has several."},
        "format": {"type": "string", "enum": sorted(sources.readers()),
                   "description": "What it is; left out, that is found by looking at it."},
        "wanted": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "enum": list(imports.WANTED)},
                   "description": "What playlists of the file become: playlists (if left out), likes, or both."},
    },
}  # fmt: skip
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/json": {
                "schema": TextIn.json_schema(),
                "example": {"text": "Portishead - Glory Box\nMassive Attack - Teardrop", "title": "Rainy days"},
            },
        },
    }
}
_FORM_ONLY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {**_FORM, "properties": {name: _FORM["properties"][name] for name in ("file", "format")}}
            }
        },
    }
}


@router.post("", auth=Needs("import"), response={202: ImportOut}, summary="Import listening", operation_id="begin_import",
             openapi_extra=_BODY)  # fmt: skip
@costly
@once
def begin(request: HttpRequest, response: HttpResponse) -> Status[Any]:
    """Begin to import what you played, liked or put on playlists elsewhere: a file, or pasted lines.

    Every format that Segue reads is found by looking at the file. The answer names the import: ask there how far it is. What is
    imported twice is there once.
    """
    user = request.auth.user  # type: ignore[attr-defined]
    if _is_form(request):
        file, fields = _form(request, ("listener", "format", "wanted"))
        wanted = [one for value in fields.get("wanted", ["playlists"]) for one in value.split(",")]
        job = imports.begin(
            user, file.chunks(), file.name or "", wanted=wanted, listener=_one(fields, "listener"),
            format_name=_one(fields, "format"),
        )  # fmt: skip
    else:
        text = _text(request)
        job = imports.begin_text(user, text.text, title=text.title, wanted=text.wanted)
    return _accepted(job, response)


@router.post("/service", auth=Needs("staff"), response={202: ImportOut}, summary="Import into the service",
             operation_id="begin_service_import", openapi_extra=_FORM_ONLY)  # fmt: skip
@costly
@once
def begin_service(request: HttpRequest, response: HttpResponse) -> Status[Any]:
    """Begin to import a file for all: its catalogue, listeners, listens and playlists join what is there. For staff."""
    if not _is_form(request):
        raise Problem(
            415, "content-type", "Send a form as multipart/form-data.", headers={"Accept": "multipart/form-data"}
        )
    file, fields = _form(request, ("format",))
    job = imports.begin(
        request.auth.user, file.chunks(), file.name or "", format_name=_one(fields, "format"), service=True,  # type: ignore[attr-defined]
    )  # fmt: skip
    return _accepted(job, response)


@router.get("", auth=Needs("read"), response=Page[ImportOut], summary="Your imports", operation_id="imports")
def listed(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Your imports, the latest first."""
    mine = imports.imports_of(request.auth.user)  # type: ignore[attr-defined]
    return page_of(mine, cursor, limit, order="-created", each=_document)


@router.get("/{uuid:job}", auth=Needs("read"), response=ImportOut, summary="One import", operation_id="import")
def one(request: HttpRequest, job: UUID) -> dict[str, Any]:
    """How far an import of yours is, and what came of it."""
    return _document(_mine(request, job))


@router.delete("/{uuid:job}", auth=Needs("import"), response=ImportOut, summary="Cancel an import",
               operation_id="cancel_import")  # fmt: skip
def cancel(request: HttpRequest, job: UUID) -> dict[str, Any]:
    """An import of yours ends, and its file is deleted; what it has recorded stays. One that is over stays as it is."""
    return _document(imports.cancel(_mine(request, job)))


def _mine(request: HttpRequest, job_id: UUID) -> Job:
    job = imports.import_of(request.auth.user, job_id)  # type: ignore[attr-defined]
    if job is None:
        raise not_found("import")
    return job


def _accepted(job: Job, response: HttpResponse) -> Status[Any]:
    response["Location"] = f"/api/v1{PREFIX}/{job.pk}"
    return Status(202, _document(job))


def _document(job: Job) -> dict[str, Any]:
    return {**summary(job), "name": job.input.get("title") or job.input.get("name", "")}


def _is_form(request: HttpRequest) -> bool:
    return (request.content_type or "").startswith("multipart/")


def _form(request: HttpRequest, names: tuple[str, ...]) -> tuple[UploadedFile, dict[str, list[str]]]:
    """The file and the fields of a form; empty ones are left out. Raises `Problem` (422)."""
    fields = {name: [str(one) for one in values if one] for name, values in request.POST.lists()}
    if strange := (set(fields) - set(names)) | (set(request.FILES) - {"file"}):
        raise _wrong(sorted(strange)[0], f"there is no such field; there are {', '.join(('file', *names))}")
    for name, values in fields.items():
        if any("\0" in value or len(value) > 200 for value in values):
            raise _wrong(name, "must be a text of at most 200 characters")
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise _wrong("file", "is missing: send it as a file of the form")
    return file, {name: values for name, values in fields.items() if values}


def _one(fields: dict[str, list[str]], name: str) -> str | None:
    values = fields.get(name, [])
    if len(values) > 1:
        raise _wrong(name, "is there more than once")
    return values[0] if values else None


def _text(request: HttpRequest) -> TextIn:
    try:
        return TextIn.model_validate(_READER.parse_body(request))
    except ValidationError as error:
        wrong = [
            {"where": ".".join(["body", *map(str, one["loc"])]), "what": one["msg"]} for one in error.errors()[:20]
        ]
        detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong[:3])
        raise Problem(422, "invalid", detail, errors=wrong) from None


def _wrong(where: str, what: str) -> Problem:
    return Problem(422, "invalid", f"{where}: {what}", errors=[{"where": where, "what": what}])

"""Bring one's listening from elsewhere: a file, or the name one goes by at a service; how far it is, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from segue import sources
from segue.errors import SegueError
from segue.web.accounts.models import User
from segue.web.discovery.wording import PROBLEMS, in_language
from segue.web.jobs.models import Job
from segue.web.listening import elsewhere, imports
from segue.web.listening.jobs import SERVICE

SHOWN = 20
_LONGEST = 200
_WANTED = {"playlists": ["playlists"], "likes": ["likes"], "both": ["playlists", "likes"]}
_DOING = {
    "reading the file": gettext_lazy("Reading the file"),
    "looking its tracks up": gettext_lazy("Looking its tracks up"),
    "recording what was played": gettext_lazy("Noting what you played"),
    "noting likes and playlists": gettext_lazy("Noting likes and playlists"),
    "waits to be tried again": gettext_lazy("It waits to be tried again"),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """How to bring what; and (POST) what is brought."""
    assert isinstance(request.user, User)
    problem = ""
    if request.method == "POST":
        try:
            return redirect("import", _begun(request, request.user).pk)
        except SegueError as error:
            problem = str(error)
    return render(request, "pages/imports.html", {
        "problem": problem, "imports": list(imports.imports_of(request.user).order_by("-created")[:SHOWN]),
        "services": elsewhere.services(), "given": request.POST if problem else {},
    }, status=422 if problem else 200)  # fmt: skip


def _begun(request: HttpRequest, user: User) -> Job:
    """The import that a form asks for. Raises `SegueError`."""
    given = {
        name: request.POST.get(name, "").replace("\0", "")[:_LONGEST]
        for name in ("service", "name", "wanted", "listener")
    }
    if given["service"]:
        return elsewhere.begin(user, given["service"], given["name"])
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise SegueError(_("Choose a file first."))
    wanted = _WANTED.get(given["wanted"], ["playlists"])
    return imports.begin(user, file.chunks(), file.name or "", wanted=wanted, listener=given["listener"] or None)


@login_required
@require_safe
def one(request: HttpRequest, job: UUID) -> HttpResponse:
    """One import: how far it is, or what came of it."""
    return _shown(request, job, "pages/imports_one.html")


@login_required
@require_safe
def state(request: HttpRequest, job: UUID) -> HttpResponse:
    """The same, as a part of the page that is asked for while it goes on."""
    return _shown(request, job, "pages/imports_state.html")


@login_required
@require_POST
def cancel(request: HttpRequest, job: UUID) -> HttpResponse:
    """It goes on no longer; what it has noted stays."""
    found = imports.import_of(_user(request), job)
    if found is None:
        return render(request, "404.html", status=404)
    imports.cancel(found)
    return redirect("import", job)


def _shown(request: HttpRequest, job_id: UUID, template: str) -> HttpResponse:
    job = imports.import_of(_user(request), job_id)
    if job is None:
        return render(request, "404.html", status=404)
    over = job.state in {"done", "failed", "cancelled"}
    answer = render(request, template, {
        "job": job, "name": job.input.get("title") or job.input.get("name", ""), "over": over,
        "doing": _DOING.get(job.doing, job.doing.capitalize()) or _("It waits for its turn"),
        "percent": round(100 * job.progress), "problem": in_language(job.problem, PROBLEMS),
        "report": told(job) if job.state == "done" else None,
    })  # fmt: skip
    if over and template.endswith("state.html"):
        answer["HX-Trigger"] = '{"said": {}}'
    return answer


def told(job: Job) -> dict[str, Any]:
    """What came of an import, in words and numbers."""
    report = job.report
    listens, tracks = report.get("listens", {}), report.get("tracks", {})
    source = sources.readers().get(report.get("format", ""))
    numbers = [
        (_("new plays"), listens.get("recorded")), (_("known already"), listens.get("known")),
        (_("tracks found"), tracks.get("found")), (_("tracks not found"), tracks.get("missing")),
        (_("likes and ratings"), report.get("feedback")), (_("playlists"), report.get("playlists")),
    ]  # fmt: skip
    return {
        "format": source.title if source else elsewhere.TITLES.get(report.get("format", ""), ""),
        "numbers": [(words, number) for words, number in numbers if number],
        "sentence": _sentence(report, job.kind == SERVICE),
        "missing": report.get("missing", []), "n_missing": tracks.get("missing", 0) + report.get("artists", {}).get("missing", 0),
        "left_out": listens.get("missing", 0), "impossible": listens.get("impossible", 0),
        "rejects": report.get("rejects", []), "n_rejects": report.get("rejected", 0), "rows": report.get("rows", {}),
    }  # fmt: skip


def _sentence(report: dict[str, Any], service: bool) -> str:  # noqa: FBT001
    if service:
        return _("What the file holds is in the catalogue.")
    listens = report.get("listens", {})
    read, new, known = (listens.get(name, 0) for name in ("read", "recorded", "known"))
    if new:
        return ngettext("%(new)s of %(read)s play is in.", "%(new)s of %(read)s plays are in.", read) % {
            "new": f"{new:,}", "read": f"{read:,}",
        }  # fmt: skip
    if known:
        return _("All of it was here already: nothing is counted twice.")
    if report.get("feedback") or report.get("playlists"):
        return _("It is in.")
    return _("Nothing in this file is in the catalogue of this service.")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


PATHS = [
    path("import/", begin, name="imports"),
    path("import/<uuid:job>/", one, name="import"),
    path("import/<uuid:job>/state/", state, name="import_state"),
    path("import/<uuid:job>/cancel/", cancel, name="import_cancel"),
]

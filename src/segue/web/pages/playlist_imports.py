"""Playlists from elsewhere: pasted lines or a file, how far it is, and what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from segue.errors import BadRequest, Busy, SegueError
from segue.web.accounts.models import User
from segue.web.discovery.wording import PROBLEMS, in_language
from segue.web.jobs.models import Job
from segue.web.listening import imports
from segue.web.playlists import services
from segue.web.playlists.models import Playlist

LONGEST_TEXT = 500_000
LATEST = 10
SHOWN = 50
_WAITING = ("queued", "running")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """A form for lines and one for a file; what was brought of late."""
    assert isinstance(request.user, User)
    about: dict[str, Any] = {"latest": imports.imports_of(request.user).order_by("-created")[:LATEST]}
    if request.method != "POST":
        return render(request, "pages/playlist_import.html", about)
    try:
        return redirect("playlist_import", _begin(request, request.user).pk)
    except SegueError as error:
        about |= {"wrong": str(error), "text": request.POST.get("text", ""), "title": request.POST.get("title", "")}
        return render(request, "pages/playlist_import.html", about, status=409 if isinstance(error, Busy) else 422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def brought(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """How far an import is, and its report; POST cancels it. `part` is what is asked for again and again."""
    assert isinstance(request.user, User)
    job = imports.import_of(request.user, job_id)
    if job is None:
        return render(request, "404.html", status=404)
    if request.method == "POST":
        imports.cancel(job)
        return redirect("playlist_import", job.pk)
    template = "pages/playlist_import_part.html" if "part" in request.GET else "pages/playlist_import_one.html"
    return render(request, template, _told(job))


def _begin(request: HttpRequest, user: User) -> Job:
    file, title = request.FILES.get("file"), request.POST.get("title", "").replace("\0", "").strip()
    if file is not None:
        return imports.begin(user, file.chunks(), file.name or "", wanted=("playlists",))
    text = request.POST.get("text", "").replace("\0", " ").strip()
    if not text:
        raise BadRequest(_("There is nothing to read: paste some lines, or choose a file."))
    if len(text) > LONGEST_TEXT:
        raise BadRequest(_("That is too much to paste: save it as a file, and choose that."))
    if len(title) > services.LONGEST_TITLE:
        raise BadRequest(_("A title has %d letters at most.") % services.LONGEST_TITLE)
    return imports.begin_text(user, text, title=title or None, wanted=("playlists",))


def _told(job: Job) -> dict[str, Any]:
    """What is said of an import."""
    report, waiting = job.report, job.state in _WAITING
    about = {
        "job": job,
        "waiting": waiting,
        "percent": round(100 * job.progress),
        "problem": in_language(job.problem, PROBLEMS),
        "name": job.input.get("title") or job.input.get("name", ""),
    }
    if waiting or job.state != "done":
        return about
    found, lacking = (report.get("tracks", {}).get(of, 0) for of in ("found", "missing"))
    keys = [str(key) for key in report.get("playlist_keys", ())][:SHOWN]
    made = Playlist.objects.filter(key__in=keys, listener__user=job.user).order_by("pk")
    return about | {
        "made": [(reverse("playlist", args=[one.key]), one.title or _("Without a title")) for one in made],
        "playlists": report.get("playlists", 0), "found": _found(found, found + lacking),
        "missing": report.get("missing", []), "unnamed": max(lacking - len(report.get("missing", [])), 0),
        "rejects": report.get("rejects", []), "rejected": report.get("rejected", 0),
    }  # fmt: skip


def _found(found: int, asked: int) -> str:
    if not asked:
        return _("There was no track in it.")
    if found == asked:
        return ngettext("Its track is here.", "All %(n)s tracks are here.", found) % {"n": f"{found:,}"}
    return _("%(found)s of %(asked)s tracks are here.") % {"found": f"{found:,}", "asked": f"{asked:,}"}


PATHS = [
    path("playlists/import/", bring, name="playlists_import"),
    path("playlists/import/<uuid:job_id>/", brought, name="playlist_import"),
]

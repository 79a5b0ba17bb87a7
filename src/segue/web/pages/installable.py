"""Segue as an app of the device: the manifest, its icons, the service worker, and the page for when there is no network."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import resvg_py
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

SIZES = (96, 180, 192, 512)
_GROUND, _ACCENT = "#12100e", "#ff6a4d"
_KINDS = {".css", ".js", ".svg"}
_SHARE, _SHARE_MASKABLE = 0.6, 0.44
"""Of the icon's width that the mark takes; of a maskable one, the system cuts off the edges."""


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What the app is called and looks like, for who installs it."""
    icons = [
        {"src": reverse("icon", args=[size]), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in (192, 512)
    ]
    icons.append({"src": reverse("icon_maskable"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"})
    told = {
        "id": "/", "name": "Segue", "short_name": "Segue", "description": _("Music recommendations with true reasons."),
        "start_url": reverse("home"), "scope": "/", "display": "standalone", "background_color": _GROUND,
        "theme_color": _GROUND, "categories": ["music"], "icons": icons,
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json")


@require_safe
@cache_control(public=True, max_age=604_800)
def icon(request: HttpRequest, size: int) -> HttpResponse:
    """The mark as a picture."""
    if size not in SIZES:
        raise Http404
    return HttpResponse(drawn(size, _SHARE), content_type="image/png")


@require_safe
@cache_control(public=True, max_age=604_800)
def icon_maskable(request: HttpRequest) -> HttpResponse:
    """The mark with room around it."""
    return HttpResponse(drawn(512, _SHARE_MASKABLE, corner=0), content_type="image/png")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, which is another one whenever a file of the shell is."""
    shell = [static(name) for name in files()]
    told = {"version": version(), "shell": [*shell, reverse("manifest"), reverse("icon", args=[192])]}
    text = render_to_string("sw.js", {"told": told, "offline": reverse("offline")}, request)
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown in place of a page that cannot be had."""
    return render(request, "pages/offline.html")


def files() -> list[str]:
    """The files of the shell, by their names below /static/."""
    folder = settings.HERE / "static" / "segue"
    mine = sorted(f"segue/{one.relative_to(folder).as_posix()}" for one in folder.rglob("*") if one.suffix in _KINDS)
    return [*mine, "django_htmx/htmx-2.min.js"]


def version() -> str:
    """A word that changes when a file of the shell does: made from their names, sizes and times of change."""
    made = hashlib.sha256()
    for name in [*files(), "sw.js"]:
        at = settings.HERE / "templates" / name if name == "sw.js" else finders.find(name)
        if at is not None:
            stat = Path(str(at)).stat()
            made.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return made.hexdigest()[:12]


@cache
def drawn(size: int, share: float, corner: float = 0.22) -> bytes:
    """The mark on its ground, as a PNG of so many pixels; the mark takes `share` of the width."""
    scale, edge = share, 24 * (1 - share) / 2
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="{size}" height="{size}">'
        f'<rect width="24" height="24" rx="{24 * corner}" fill="{_GROUND}"/>'
        f'<g transform="translate({edge} {edge}) scale({scale})" fill="none" stroke="{_ACCENT}" stroke-width="3"'
        ' stroke-linecap="round"><path d="M2 15c3.3 0 3.3-6 6.6-6s3.3 6 6.6 6S18.500 9 22 9"/></g></svg>'
    )
    return bytes(resvg_py.svg_to_bytes(svg_string=svg))


PATHS = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("icon-<int:size>.png", icon, name="icon"),
    path("icon-maskable.png", icon_maskable, name="icon_maskable"),
    path("sw.js", worker, name="service_worker"),
    path("offline/", offline, name="offline"),
]

"""Playlists: make, change, share with friends, bring and take away."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


@login_required
def stub(request: HttpRequest, **_: object) -> HttpResponse:
    """Not there yet."""
    return render(request, "pages/stub.html")


PATHS = [
    path("playlists/", stub, name="playlists"),
    path("playlists/choose/", stub, name="playlists_choose"),
    path("playlists/rail/", stub, name="rail_playlists"),
    path("playlists/<path:key>/", stub, name="playlist"),
]

"""A track: how it sounds, what is like it, who plays it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


@login_required
def stub(request: HttpRequest, **_: object) -> HttpResponse:
    """Not there yet."""
    return render(request, "pages/stub.html")


PATHS = [path("track/<path:key>/", stub, name="track")]

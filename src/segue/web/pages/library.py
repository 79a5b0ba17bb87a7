"""What is one's own: likes, history, artists that one follows, and what is never to be played."""

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
    path("library/", stub, name="library"),
    path("library/history/", stub, name="history"),
    path("library/artists/", stub, name="followed"),
    path("library/never/", stub, name="exclusions"),
]

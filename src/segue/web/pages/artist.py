"""An artist: what they are played for, what they made, and who is close to them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


@login_required
def stub(request: HttpRequest, **_: object) -> HttpResponse:
    """Not there yet."""
    return render(request, "pages/stub.html")


PATHS = [path("artist/<path:key>/", stub, name="artist")]

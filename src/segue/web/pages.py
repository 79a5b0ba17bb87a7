"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """Where one begins."""
    return render(request, "home.html")


def forbidden(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from here."""
    return render(request, "403.html", status=403)

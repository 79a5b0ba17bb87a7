"""The addresses of first visits."""

from __future__ import annotations

from django.urls import path

from segue.web.discovery import pages

urlpatterns = [path("", pages.welcome, name="welcome"), path("artists/", pages.artists, name="welcome_artists")]

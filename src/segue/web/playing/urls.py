"""The addresses of playing."""

from __future__ import annotations

from django.urls import path

from segue.web.playing import views

urlpatterns = [
    path("audio/<path:key>", views.audio, name="audio"),
    path("playable/<path:key>", views.playable, name="playable"),
    path("lyrics/<path:key>", views.lyrics, name="lyrics"),
    path("next/", views.coming, name="next"),
    path("latest/", views.what_was_playing, name="latest"),
]

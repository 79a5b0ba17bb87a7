"""The addresses of the boards: a module of `boards` has a `BOARD`, or an `ENTRY` and `PATHS`. Adding one is adding a file."""

from __future__ import annotations

from django.urls import path

from segue.web.insights import views

urlpatterns = [
    path("", views.first, name="staff"),
    *(one for module in views.MODULES for one in getattr(module, "PATHS", ())),
    path("<slug:slug>/", views.board, name="board"),
    path("<slug:slug>/<slug:figure>.csv", views.as_csv, name="board_csv"),
]

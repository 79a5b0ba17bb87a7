"""The addresses of covers."""

from __future__ import annotations

from django.urls import path

from segue.web.covers import views

urlpatterns = [
    path("cover/<str:code>.svg", views.drawn, name="cover"),
    path("cover/<str:code>.png", views.printed, name="cover_png"),
    path("art/<path:key>", views.art, name="art"),
]

"""The addresses of accounts that allauth does not have."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

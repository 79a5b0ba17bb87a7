"""Which address is answered by what. An app with pages has a `urls.py` of its own."""

from __future__ import annotations

from django.urls import include, path

from segue.web import pages
from segue.web.api.api import make

urlpatterns = [
    path("", pages.home, name="home"),
    path("say/", pages.say, name="say"),
    path("mixes/", pages.mixes, name="mixes"),
    path("mixes/<str:key>/", pages.mix, name="mix"),
    path("favicon.ico", pages.icon),
    path("accounts/", include("segue.web.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("welcome/", include("segue.web.discovery.urls")),
    path("api/v1/", make().urls),
]

"""Which address is answered by what. An app with pages has a `urls.py` of its own."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from segue.web.api.api import make

urlpatterns = [
    path("", include("segue.web.pages.urls")),
    path("", include("segue.web.covers.urls")),
    path("", include("segue.web.playing.urls")),
    path("", include("segue.web.sharing.urls")),
    path("staff/", include("segue.web.insights.urls")),
    path("letter/", include("segue.web.digest.urls")),
    path("texts.js", JavaScriptCatalog.as_view(packages=["segue.web.pages"]), name="texts"),
    path("accounts/", include("segue.web.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("welcome/", include("segue.web.discovery.urls")),
    path("api/v1/", make().urls),
]

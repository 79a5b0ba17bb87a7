"""The addresses of accounts that allauth does not have."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from segue.web.accounts import profile, tokens, views

urlpatterns = [
    path("profile/", profile.profile, name="accounts_profile"),
    path("language/", set_language, name="set_language"),
    path("private/", profile.private, name="accounts_private"),
    path("tokens/", tokens.tokens, name="accounts_tokens"),
    path("tokens/<int:token_id>/withdraw/", tokens.withdraw, name="accounts_token_withdraw"),
    path("data/", views.data, name="accounts_data"),
    path("export/", views.export, name="accounts_export"),
    path("delete/", views.delete, name="accounts_delete"),
]

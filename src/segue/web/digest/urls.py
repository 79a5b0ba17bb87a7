"""The addresses that letters lead to, and the switch."""

from __future__ import annotations

from django.urls import path

from segue.web.digest import views

urlpatterns = [
    path("switch/", views.switch, name="digest_switch"),
    path("say/<str:token>/", views.say, name="digest_say"),
    path("begin/<str:token>/", views.begin, name="digest_begin"),
    path("end/<str:token>/", views.end, name="digest_end"),
]

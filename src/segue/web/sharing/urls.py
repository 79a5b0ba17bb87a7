"""The addresses of sharing."""

from __future__ import annotations

from django.urls import path

from segue.web.sharing import drawer, views

urlpatterns = [
    path("share/", drawer.share, name="share"),
    path("s/<str:token>/", views.shared, name="shared"),
    path("s/<str:token>/picture.png", views.picture, name="shared_picture"),
    path("s/<str:token>/story.png", views.story, name="shared_story"),
]

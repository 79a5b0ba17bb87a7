"""The Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """Names the app."""

    name = "segue.web.digest"

"""The app's name and place."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    """Experiments."""

    name = "segue.web.experiments"
    default_auto_field = "django.db.models.BigAutoField"

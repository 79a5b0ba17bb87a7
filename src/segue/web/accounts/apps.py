"""The Django app."""

from typing import Any

from django.apps import AppConfig


class Config(AppConfig):
    """Names the app."""

    name = "segue.web.accounts"

    def ready(self) -> None:
        """Hear of people who sign up and in."""
        from allauth.account.signals import user_signed_up  # noqa: PLC0415
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415

        user_signed_up.connect(_signed_up, dispatch_uid="listener")
        user_logged_in.connect(_signed_in, dispatch_uid="session_begins")


def _signed_up(user: Any, **_: Any) -> None:
    from segue.web.listening.models import listener_of  # noqa: PLC0415

    listener_of(user)


def _signed_in(request: Any, **_: Any) -> None:
    from segue.web.accounts import sessions  # noqa: PLC0415

    sessions.begin(request.session)

"""Public links."""

from __future__ import annotations

import secrets

from django.db import models

from segue.web.listening.models import Listener


def new_token() -> str:
    """What a link is known by: not to be guessed."""
    return secrets.token_urlsafe(16)


class Share(models.Model):
    """A public link to a playlist, a mix or one's taste. Without the row there is no link.

    A playlist is shown as it is now (by `key`); a mix and a taste as they were when they were shared (`shown`, plain values).
    `listed`: search engines may find it.
    """

    KINDS = ("playlist", "mix", "taste")

    token = models.CharField(max_length=40, unique=True, default=new_token)
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="shares")
    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500)
    shown = models.JSONField(default=dict)
    listed = models.BooleanField(default=False)
    time_ms = models.BigIntegerField()

"""Who follows whom, what one shows of oneself, and what one asks another to recommend."""

from __future__ import annotations

import secrets

from django.db import models

from segue.web.catalog.models import Track
from segue.web.listening.models import Listener


def new_handle() -> str:
    """An address of a profile that cannot be guessed; its owner may choose another."""
    return secrets.token_hex(6)


class Profile(models.Model):
    """What a listener shows to those who follow them; `findable`, also by name to everybody who is signed in."""

    listener = models.OneToOneField(Listener, models.CASCADE, related_name="profile")
    handle = models.SlugField(max_length=40, unique=True, default=new_handle)
    name = models.CharField(max_length=80, blank=True)
    findable = models.BooleanField(default=False)
    shows_listening = models.BooleanField(default=False)
    shows_taste = models.BooleanField(default=False)
    shows_playlists = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name or self.handle


class Follow(models.Model):
    """One follows another, once the other has `accepted`."""

    follower = models.ForeignKey(Listener, models.CASCADE, related_name="following")
    followed = models.ForeignKey(Listener, models.CASCADE, related_name="followers")
    accepted = models.BooleanField(default=False)
    since_ms = models.BigIntegerField()

    class Meta:
        """Once."""

        constraints = (models.UniqueConstraint(fields=("follower", "followed"), name="follows_once"),)


class Block(models.Model):
    """One wants nothing to do with another, who is not told: to them, the one is not there."""

    blocker = models.ForeignKey(Listener, models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Listener, models.CASCADE, related_name="blocked_by")
    since_ms = models.BigIntegerField()

    class Meta:
        """Once."""

        constraints = (models.UniqueConstraint(fields=("blocker", "blocked"), name="blocks_once"),)


class Ask(models.Model):
    """One asks another for a recommendation; it is answered with a track and a few words."""

    asker = models.ForeignKey(Listener, models.CASCADE, related_name="asks")
    asked = models.ForeignKey(Listener, models.CASCADE, related_name="asked")
    words = models.CharField(max_length=300, blank=True)
    time_ms = models.BigIntegerField()
    track = models.ForeignKey(Track, models.CASCADE, null=True)
    answer = models.CharField(max_length=300, blank=True)
    answered_ms = models.BigIntegerField(null=True)

    class Meta:
        """Read by whom it was asked of, the latest first."""

        indexes = (models.Index(fields=("asked", "-time_ms"), name="asks_of_a_listener"),)

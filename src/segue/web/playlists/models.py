"""Playlists: a title and tracks in order; the same track may stand twice."""

from __future__ import annotations

import secrets
import uuid

from django.db import models

from segue.web.catalog.models import Track
from segue.web.listening.models import Listener


def new_key() -> str:
    """A key for a playlist made here: not to be guessed."""
    return f"playlist-{uuid.uuid4().hex}"


def new_token() -> str:
    """What an invitation is known by: not to be guessed."""
    return secrets.token_urlsafe(16)


class Playlist(models.Model):
    """A listener's playlist (or one of a library that names no owner). `version` grows with each change."""

    key = models.CharField(max_length=200, unique=True, default=new_key)
    listener = models.ForeignKey(Listener, models.CASCADE, null=True, related_name="playlists")
    title = models.CharField(max_length=500, null=True)
    description = models.TextField(null=True)
    genres = models.JSONField(null=True)
    followers = models.IntegerField(null=True)
    modified_ms = models.BigIntegerField(null=True)
    public = models.BooleanField(default=False)
    version = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.title or self.key


class Entry(models.Model):
    """A track at a place of a playlist, counted from 0."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="entries")
    track = models.ForeignKey(Track, models.CASCADE)
    position = models.IntegerField()

    class Meta:
        """Read in order."""

        ordering = ("position",)
        indexes = (models.Index(fields=("playlist", "position"), name="entries_in_order"),)


class Member(models.Model):
    """Somebody beside the owner who may change a playlist."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="members")
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="memberships")
    since_ms = models.BigIntegerField()

    class Meta:
        """Once."""

        constraints = (models.UniqueConstraint(fields=("playlist", "listener"), name="a_member_once"),)


class Invitation(models.Model):
    """A link by which whoever has it becomes a member, until it ends or is deleted."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=40, unique=True, default=new_token)
    ends_ms = models.BigIntegerField()

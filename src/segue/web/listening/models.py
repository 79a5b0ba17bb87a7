"""Listeners, and what they played, said and searched. Times are ms since 1970 UTC, as the Engine takes them."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from segue.web.catalog.models import Artist, Track


def new_key() -> str:
    """A key for a listener who signs up: random, so that nothing of the account shows in exports."""
    return f"listener-{secrets.token_hex(10)}"


class Listener(models.Model):
    """Whom music is recommended to: somebody with an account, or somebody of an imported library.

    `version` grows with everything that may change a recommendation (a listen, feedback, a search, a setting), in the same
    transaction: what is cached under an older version is never served. Use `changed`.
    """

    key = models.CharField(max_length=200, unique=True, default=new_key)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="listener")
    country = models.CharField(max_length=2, null=True, blank=True)
    birth_year = models.SmallIntegerField(null=True, blank=True)
    gender = models.CharField(max_length=6, null=True, blank=True)
    languages = models.JSONField(default=list, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    dial = models.FloatField(default=0.5)
    explicit = models.BooleanField(default=True)
    private_until_ms = models.BigIntegerField(null=True)
    welcomed = models.BooleanField(default=False)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.key

    @classmethod
    def changed(cls, listener_id: int) -> None:
        """Say that something changed which recommendations depend on. Call it in the transaction of the change."""
        cls.objects.filter(pk=listener_id).update(version=F("version") + 1)

    def is_private(self, now_ms: int) -> bool:
        """Whether a private session goes on: then nothing is recorded."""
        return self.private_until_ms is not None and self.private_until_ms > now_ms


class Listen(models.Model):
    """One play, or a count of plays without a time. `event` tells two listens of one listener apart (`listening.events`)."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="listens", db_index=False)
    track = models.ForeignKey(Track, models.CASCADE, null=True, db_index=False)
    artist = models.ForeignKey(Artist, models.CASCADE, null=True, db_index=False)
    time_ms = models.BigIntegerField(null=True)
    position = models.IntegerField(null=True)
    ms_played = models.IntegerField(null=True)
    skipped = models.BooleanField(null=True)
    plays = models.IntegerField(default=1)
    source = models.CharField(max_length=100, null=True)
    event = models.BigIntegerField()

    class Meta:
        """A listen is there once, whatever is sent or loaded again."""

        constraints = (models.UniqueConstraint(fields=("listener", "event"), name="a_listen_once"),)
        indexes = (models.Index(fields=("listener", "time_ms"), name="listens_of_a_listener"),)


class Feedback(models.Model):
    """What a listener said of a track or an artist. A like replaces a dislike in the service; a Library may hold both."""

    KINDS = ("like", "dislike", "never", "rating")

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="feedback")
    track = models.ForeignKey(Track, models.CASCADE, null=True)
    artist = models.ForeignKey(Artist, models.CASCADE, null=True)
    kind = models.CharField(max_length=7)
    rating = models.FloatField(null=True)
    time_ms = models.BigIntegerField(null=True)
    expires_ms = models.BigIntegerField(null=True)

    class Meta:
        """Each thing is said once of each track and artist."""

        constraints = (
            models.UniqueConstraint(
                fields=("listener", "track", "kind"), condition=Q(track__isnull=False), name="one_word_on_a_track"
            ),
            models.UniqueConstraint(
                fields=("listener", "artist", "kind"), condition=Q(artist__isnull=False), name="one_word_on_an_artist"
            ),
        )


class NotMyTaste(models.Model):
    """A track that somebody else played: it says nothing of the listener's taste."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="not_my_taste")
    track = models.ForeignKey(Track, models.CASCADE)

    class Meta:
        """Said once."""

        constraints = (models.UniqueConstraint(fields=("listener", "track"), name="not_my_taste_once"),)


class Tagging(models.Model):
    """A word that a listener gave a track or an artist."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="taggings")
    track = models.ForeignKey(Track, models.CASCADE, null=True)
    artist = models.ForeignKey(Artist, models.CASCADE, null=True)
    tag = models.CharField(max_length=500)
    time_ms = models.BigIntegerField(null=True)

    class Meta:
        """Given once."""

        constraints = (
            models.UniqueConstraint(
                fields=("listener", "track", "tag"), condition=Q(track__isnull=False), name="one_tag_on_a_track"
            ),
            models.UniqueConstraint(
                fields=("listener", "artist", "tag"), condition=Q(artist__isnull=False), name="one_tag_on_an_artist"
            ),
        )


class Search(models.Model):
    """What a listener searched for, and the track or artist that answered it best (or that was opened)."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="searches")
    words = models.CharField(max_length=200)
    time_ms = models.BigIntegerField()
    track = models.ForeignKey(Track, models.CASCADE, null=True)
    artist = models.ForeignKey(Artist, models.CASCADE, null=True)

    class Meta:
        """Read by listener, the latest first."""

        indexes = (models.Index(fields=("listener", "-time_ms"), name="searches_of_a_listener"),)


class Erased(models.Model):
    """Somebody who asked to be forgotten: a keyed hash of their key, so that an old Library does not bring them back."""

    digest = models.CharField(max_length=64, unique=True)
    when = models.DateTimeField(default=timezone.now)


def listener_of(user: Any) -> Listener:
    """The listener of a user; made when first asked for."""
    found: Listener | None = getattr(user, "listener", None)
    return found or Listener.objects.get_or_create(user=user)[0]

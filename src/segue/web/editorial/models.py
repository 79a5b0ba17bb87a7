"""Picks of the people who run the service."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from segue.web.playlists.models import Playlist


class Pick(models.Model):
    """A playlist, or a few tracks (`track_keys`), on everybody's front page from one time to another; ms since 1970 UTC.

    `countries` are ISO codes; none means everywhere.
    """

    title = models.CharField(max_length=100)
    sentence = models.CharField(max_length=300, blank=True)
    playlist = models.ForeignKey(Playlist, models.CASCADE, null=True)
    track_keys = models.JSONField(default=list)
    countries = models.JSONField(default=list)
    starts_ms = models.BigIntegerField()
    ends_ms = models.BigIntegerField(null=True)
    position = models.IntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)

    class Meta:
        """In the order in which they stand on the page."""

        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_ms__isnull=True) | Q(ends_ms__gt=models.F("starts_ms")),
                name="a_pick_ends_after_it_starts",
            ),
        )

    def __str__(self) -> str:
        return self.title

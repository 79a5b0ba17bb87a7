"""What a listener was playing, to go on with it on another device."""

from __future__ import annotations

from django.db import models

from segue.web.catalog.models import Track
from segue.web.listening.models import Listener


class Latest(models.Model):
    """The track that played last, how far, and the page (a path of this site, and its title) that it was played from."""

    listener = models.OneToOneField(Listener, models.CASCADE, related_name="latest")
    track = models.ForeignKey(Track, models.CASCADE)
    position_ms = models.IntegerField(default=0)
    page = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=500, blank=True)
    time_ms = models.BigIntegerField()

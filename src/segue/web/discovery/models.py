"""What was shown to whom, and what came of it; stations."""

from __future__ import annotations

import uuid

from django.db import models

from segue.web.listening.models import Listener


class Exposure(models.Model):
    """One page of recommendations as it was shown.

    `tracks` is a list, in the order shown, of [item id, source, propensity or null]: enough to judge other rankings by later
    (Swaminathan & Joachims 2015). Where a reason was shown, two more follow: its kind, and the id of the first item it names, or
    null. `surface` says where: "recommendations", "station", "mix:discover-weekly".
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="exposures")
    surface = models.CharField(max_length=80)
    snapshot = models.CharField(max_length=100)
    shown_ms = models.BigIntegerField()
    tracks = models.JSONField()


class Outcome(models.Model):
    """What came of a track that was shown: played, skipped, liked or disliked, and when."""

    exposure = models.ForeignKey(Exposure, models.CASCADE, related_name="outcomes")
    track_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=8)
    time_ms = models.BigIntegerField()

    class Meta:
        """Told once."""

        constraints = (models.UniqueConstraint(fields=("exposure", "track_key", "kind"), name="one_outcome_of_a_kind"),)


class Station(models.Model):
    """A listener's station: its `state` is what `StationState.to_json` wrote. `version` grows with each change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="stations")
    name = models.CharField(max_length=200)
    state = models.TextField()
    version = models.IntegerField(default=0)
    created_ms = models.BigIntegerField()
    played_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class MadeAhead(models.Model):
    """The mixes of a product, made for a listener before they asked; `state` is a hash of all that they depend on."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="made_ahead")
    product = models.CharField(max_length=40)
    state = models.CharField(max_length=64)
    mixes = models.JSONField()
    made_ms = models.BigIntegerField()

    class Meta:
        """The latest of each product."""

        constraints = (models.UniqueConstraint(fields=("listener", "product"), name="made_ahead_once"),)

"""Experiments, who saw which variant first and when, what was measured of them, and what was decided. Times are in ms."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from segue.web.listening.models import Listener

DRAFT, RUNNING, STOPPED, SHIPPED, ROLLED_BACK = STATES = ("draft", "running", "stopped", "shipped", "rolled back")
KINDS = ("comparison", "interleaving")


class Experiment(models.Model):
    """A question, and how it is put to listeners. The first variant is the control.

    `start` and `share` are its part of its layer: who falls there by a hash of layer and key is in it. Raising `share` keeps
    everybody who was in. `surfaces` says where it shows; `window_days` how many days from their first exposure count of each
    listener. `planned_units` are the listeners it was planned for, in all variants: intervals are narrowest there, so it is settled
    before the first of them is counted.
    """

    name = models.CharField(max_length=80, unique=True)
    hypothesis = models.CharField(max_length=500)
    kind = models.CharField(max_length=12, default="comparison")
    layer = models.CharField(max_length=40)
    surfaces = models.JSONField()
    countries = models.JSONField(default=list)
    new_only = models.BooleanField(default=False)
    start = models.FloatField(default=0)
    share = models.FloatField()
    primary = models.CharField(max_length=20)
    guardrails = models.JSONField(default=list)
    minimum_effect = models.FloatField()
    window_days = models.SmallIntegerField(default=7)
    planned_units = models.IntegerField(default=0)
    state = models.CharField(max_length=11, default=DRAFT, db_index=True)
    created_ms = models.BigIntegerField()
    started_ms = models.BigIntegerField(null=True)
    ended_ms = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One way to recommend: a recipe (`recipes.py`) with its parameters, for a share of those in the experiment."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="variants")
    position = models.SmallIntegerField()
    name = models.CharField(max_length=40)
    share = models.FloatField()
    recipe = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)

    class Meta:
        """In their order; names once."""

        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("experiment", "position"), name="one_variant_at_a_position"),
            models.UniqueConstraint(fields=("experiment", "name"), name="one_variant_of_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class Allowed(models.Model):
    """A listener who is shown a variant to try it: from the draft on, and never counted."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="allowed")
    variant = models.ForeignKey(Variant, models.CASCADE)
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="+")

    class Meta:
        """One variant each."""

        constraints = (models.UniqueConstraint(fields=("experiment", "listener"), name="one_variant_to_try"),)


class Seen(models.Model):
    """When a listener was first shown what a variant made. `measured` is what came of it (`measuring.py`), once that is over.

    `returned` says whether they came back in the window after; it is known one window later.
    """

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="seen", db_index=False)
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+", db_index=False)
    time_ms = models.BigIntegerField()
    measured = models.JSONField(null=True)
    returned = models.BooleanField(null=True)

    class Meta:
        """Seen for the first time once; read by what is not measured yet."""

        constraints = (models.UniqueConstraint(fields=("experiment", "listener"), name="seen_first_once"),)
        indexes = (models.Index(fields=("experiment", "time_ms"), name="seen_in_order"),)


class Point(models.Model):
    """What was known of a metric at the end of a day: the figures of a variant beside the control's (`analysis.Row`)."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="points")
    day = models.DateField()
    metric = models.CharField(max_length=20)
    variant = models.CharField(max_length=40)
    figures = models.JSONField()

    class Meta:
        """One a day; a later look on the same day takes its place."""

        constraints = (
            models.UniqueConstraint(fields=("experiment", "day", "metric", "variant"), name="one_point_a_day"),
        )


class Finding(models.Model):
    """The latest analysis of an experiment, as `analysis.document` writes it."""

    experiment = models.OneToOneField(Experiment, models.CASCADE, related_name="finding")
    time_ms = models.BigIntegerField()
    document = models.JSONField()


class Shipped(models.Model):
    """A recipe that is the default of a layer for all. The latest that has not ended holds; where none does, nothing is changed."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="shipped")
    layer = models.CharField(max_length=40)
    surfaces = models.JSONField()
    recipe = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    since_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField(null=True)


class Decision(models.Model):
    """What was decided about an experiment, when, and by whom (nobody: by its guardrail, or by somebody who is gone)."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="decisions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    what = models.CharField(max_length=20)
    why = models.CharField(max_length=500, blank=True)
    time_ms = models.BigIntegerField()

    class Meta:
        """The latest first."""

        ordering = ("-time_ms", "-pk")

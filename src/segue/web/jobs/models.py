"""Jobs: what was asked for, how far it is, and how it ended."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Job(models.Model):
    """One piece of work. `progress` is 0 to 1; `report` is what it says of itself at the end, or so far.

    `input` is what it works on (for an import, a file in the home that goes when it is done), `log` its last lines, each as
    [ms since 1970 UTC, text]. One that failed waits until `not_before` to be tried again.
    """

    STATES = ("queued", "running", "done", "failed", "cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="jobs")
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=9, default="queued", db_index=True)
    progress = models.FloatField(default=0)
    doing = models.CharField(max_length=200, blank=True)
    input = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    heard_from = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    log = models.JSONField(default=list)

    class Meta:
        """The latest of a kind are asked for."""

        indexes = (models.Index(fields=("kind", "-created"), name="jobs_of_a_kind"),)


class Schedule(models.Model):
    """When a kind of job is due next, and when it was last looked whether it should come sooner: ms since 1970 UTC."""

    kind = models.CharField(max_length=40, primary_key=True)
    due_ms = models.BigIntegerField(null=True)
    looked_ms = models.BigIntegerField(default=0)

"""What the API remembers of requests that must not be done twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class KeptAnswer(models.Model):
    """The answer to a request with an `Idempotency-Key`: the same request again gets the same answer, and nothing is done twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        """One answer for a key."""

        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_answer_for_a_key"),)

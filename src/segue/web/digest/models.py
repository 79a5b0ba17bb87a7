"""Who wants the weekly letter, which letters went out, and what was said by their links. Times are ms since 1970 UTC."""

from __future__ import annotations

from django.db import models

from segue.web.listening.models import Listener


class Subscription(models.Model):
    """That somebody asked for the weekly letter, at one address.

    `state` is "asked" (a link to confirm is under way), "on", "off", or "paused" (letters came back too often). Letters go to
    `address` only, and only while the account has it: whoever changes their address confirms the letter anew.
    """

    listener = models.OneToOneField(Listener, models.CASCADE, related_name="subscription")
    address = models.EmailField()
    state = models.CharField(max_length=6, default="asked", db_index=True)
    asked_ms = models.BigIntegerField()
    confirmed_ms = models.BigIntegerField(null=True)
    ended_ms = models.BigIntegerField(null=True)


class Letter(models.Model):
    """The letter of a listener and a week: there is one row, so there is one letter. `sending.py` says what its states mean.

    `message_id` follows from both, and delivery reports name it. `claimed_ms` is when a worker took it up, `ended_ms` when it
    was sent, refused or came back.
    """

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="letters")
    week = models.CharField(max_length=8)
    state = models.CharField(max_length=7, default="claimed")
    message_id = models.CharField(max_length=200, unique=True)
    claimed_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    size = models.IntegerField(null=True)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        """Never twice."""

        constraints = (models.UniqueConstraint(fields=("listener", "week"), name="one_letter_a_week"),)
        indexes = (models.Index(fields=("week", "state"), name="letters_of_a_week"),)


class Used(models.Model):
    """A link of a letter that was used: each works once."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="used")
    track_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=7)
    time_ms = models.BigIntegerField()

    class Meta:
        """Once."""

        constraints = (models.UniqueConstraint(fields=("letter", "track_key", "kind"), name="a_link_works_once"),)

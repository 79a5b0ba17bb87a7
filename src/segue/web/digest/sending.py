"""Sending the letters of a Monday morning: each once, also when the worker is killed in the middle.

A letter is a row (listener, week), which is there once. Its states:

    claimed   a worker makes it and sends its text; its last byte has not been sent
    handed    the last byte is being sent, or was, and the answer has not been read
    sent      the server answered 250
    later     the server could not take it now: it is tried again, while its time lasts
    refused   the server refused it for good
    bounced   a delivery report said that it did not arrive (`bounces.py`)
    unsure    the server went away after the last byte, before it answered
    empty     there was nothing to recommend

Between us and a mail server nothing can make "sent" and "noted as sent" one step (RFC 1047), so one of two mistakes must be
possible after a crash, and we never send twice:

* Whoever finds a row "claimed" that its worker left takes it over and sends it. Its dot never went out, and a server must not
  deliver what has not ended (RFC 5321, 4.1.1.4). Taking over is a compare-and-set on `claimed_ms`; a worker that was only taken
  for dead fails in its own, and closes the connection without the dot.
* A row that is "handed" is never sent again. The change to it is committed right before the one write that sends the dot. A
  process killed after that write has handed it to the kernel, which brings it to the server all the same: that the row then
  stays "handed" and not "sent" is all that is lost. A letter is lost only by a kill between the commit's return and the write,
  some microseconds, or if the machine itself goes down in that moment. The dashboard counts such rows.

What a retry sends has the same Message-ID, so a mailbox that compares them would drop a second one even then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from segue.errors import SegueError
from segue.web import clock
from segue.web.digest.contents import note
from segue.web.digest.joining import pause_if_given_up
from segue.web.digest.models import Letter, Subscription
from segue.web.digest.post import NoAnswer, Post, Refused, Unreachable, post
from segue.web.digest.weeks import LATE_MS, Week, due
from segue.web.digest.writing import letter_to, message, message_id, sender
from segue.web.listening.zones import zone_named

log = structlog.get_logger()
LEFT_AFTER_MS = 45_000
"""A claim so old was left by a worker that is gone: the text of a letter takes a second."""
WHOLE_WEEK_MS = 7 * 86_400_000
MOST_FAILURES = 5
"""After so many failures to reach the server, one after the other, the rest waits for the next run."""
Told = Callable[[float | None, str | None], None]


@dataclass
class Report:
    """What came of a run: how many letters were due, and how each ended."""

    due: int = 0
    sent: int = 0
    refused: int = 0
    later: int = 0
    unsure: int = 0
    unreachable: int = 0
    empty: int = 0
    failed: int = 0
    elsewhere: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Lost(Exception):
    """Another worker took this letter over: it is no longer ours to send."""


class Pace:
    """Lets so many letters go in a minute, evenly; 0: as many as can."""

    def __init__(self, per_minute: int) -> None:
        self._step_s = 60 / per_minute if per_minute else 0.0
        self._next = 0.0

    def wait(self, told: Callable[[], None]) -> None:
        """Until the next may go. Calls `told` meanwhile, which may end the waiting by raising."""
        while (left := self._next - time.monotonic()) > 0:
            told()
            time.sleep(min(left, 1.0))
        self._next = max(self._next, time.monotonic()) + self._step_s


def send_due(told: Told = lambda _share, _doing: None, *, late: bool = False) -> Report:
    """Send the letters that are due now, and have not gone out.

    Args:
        told: is told how far it is; what it raises ends the run between two letters.
        late: also those whose Monday morning is more than a day ago, as after a week without power.

    Raises `SegueError` where nothing is trained, or the mail server cannot be reached.
    """
    report, waiting = Report(), list(_waiting(late=late))
    report.due = len(waiting)
    pace, failures = Pace(settings.MAIL_PER_MINUTE), 0
    with post() as server:
        for number, (subscription_id, week) in enumerate(waiting):
            pace.wait(lambda: told(None, None))
            told(number / len(waiting), "sending letters")
            state = _send(subscription_id, week, server)
            setattr(report, state, getattr(report, state) + 1)
            failures = failures + 1 if state == "unreachable" else 0
            if failures >= MOST_FAILURES:
                raise SegueError(
                    f"The mail server could not be reached {failures} times, one after the other (EMAIL_URL says where it is)."
                    f" {report.sent} letters were sent; the rest waits for the next run."
                )
    return report


def _waiting(*, late: bool) -> Iterator[tuple[int, Week]]:
    """The subscriptions whose letter is due, by zone."""
    now_ms = clock.now_ms()
    wanted = on().order_by("pk")
    places = wanted.order_by().values_list("listener__timezone", "listener__country").distinct()
    zones = {(name, country): zone_named(name, country or None) for name, country in places}
    weeks = due(set(zones.values()), now_ms, settings.DIGEST_HOUR, WHOLE_WEEK_MS if late else LATE_MS)
    for (name, country), zone in sorted(zones.items(), key=str):
        if zone not in weeks:
            continue
        of = Letter.objects.filter(listener_id=OuterRef("listener_id"), week=weeks[zone].name)
        over = of.exclude(Q(state="later") | Q(state="claimed", claimed_ms__lt=now_ms - LEFT_AFTER_MS))
        there = wanted.filter(listener__timezone=name, listener__country=country)
        if country is None:
            there = wanted.filter(listener__timezone=name, listener__country__isnull=True)
        for pk in list(there.filter(~Exists(over)).values_list("pk", flat=True)):
            yield pk, weeks[zone]


def on() -> QuerySet[Subscription]:
    """The subscriptions that stand: confirmed, of an account that is active and still has that address."""
    return Subscription.objects.filter(
        state="on", listener__user__is_active=True, listener__user__email__iexact=F("address")
    )


def _send(subscription_id: int, week: Week, server: Post) -> str:
    """Make one letter and send it; how that ended, as a name of `Report`. Somebody may have ended their letters meanwhile."""
    subscription = on().filter(pk=subscription_id).select_related("listener__user").first()
    if subscription is None:
        return "elsewhere"
    listener, now_ms = subscription.listener, clock.now_ms()
    claim = _claim(listener.pk, week, now_ms)
    if claim is None:
        return "elsewhere"
    try:
        letter = letter_to(listener, week, claim.claimed_ms)  # its links are good for this claim alone
        if letter is None:
            return claim.end("empty")
        made = message(letter, listener, week, subscription.address, now_ms)
    except SegueError:
        claim.end("later")
        raise
    except Exception as error:
        log.error("letter_not_made", listener=listener.key, week=week.name, problem=type(error).__name__, exc_info=True)
        claim.end("later", "The letter could not be made; the log of the service says why.")
        return "failed"
    except BaseException:
        claim.end("later")
        raise
    state = _hand_over(claim, made, subscription, server)
    if state == "sent":
        note(listener, letter.pages)
    return state


def _hand_over(claim: Claim, made: Any, subscription: Subscription, server: Post) -> str:
    try:
        size = server.hand_over(made, sender()[1], subscription.address, claim.hand)
    except Refused as refused:
        state = claim.end("refused" if refused.for_good else "later", str(refused))
        if state == "refused":
            pause_if_given_up(subscription.listener_id)
        return state
    except Unreachable as unreachable:
        claim.end("later", str(unreachable))
        return "unreachable"
    except NoAnswer as silence:
        return claim.end("unsure", str(silence))
    except Lost:
        return "elsewhere"
    return claim.end("sent", size=size)


# -- the row -------------------------------------------------------------------------------------------------------------


@dataclass
class Claim:
    """A letter that is ours to send, until another takes it over."""

    letter_id: int
    claimed_ms: int

    def _mine(self, *states: str) -> QuerySet[Letter]:
        return Letter.objects.filter(pk=self.letter_id, claimed_ms=self.claimed_ms, state__in=states)

    def hand(self) -> None:
        """The last byte goes out now. Raises `Lost` where it is not ours to send any more."""
        if not self._mine("claimed").update(state="handed"):
            raise Lost

    def end(self, state: str, problem: str = "", size: int | None = None) -> str:
        """How it ended."""
        ended = {"state": state, "problem": problem[:500], "ended_ms": clock.now_ms(), "size": size}
        return state if self._mine("claimed", "handed").update(**ended) else "elsewhere"


def _claim(listener_id: int, week: Week, now_ms: int) -> Claim | None:
    """The letter of a week, for us alone; None where another has it, or it is over."""
    try:
        with transaction.atomic():
            made = Letter.objects.create(
                listener_id=listener_id, week=week.name, message_id=message_id(listener_id, week), claimed_ms=now_ms
            )
        return Claim(made.pk, now_ms)
    except IntegrityError:
        pass
    there = Letter.objects.filter(listener_id=listener_id, week=week.name).first()
    left = Q(state="later") | Q(state="claimed", claimed_ms__lt=now_ms - LEFT_AFTER_MS)
    if there is None:
        return None
    # Never the same twice: a claim of the same millisecond would be taken for ours.
    claimed_ms = max(now_ms, there.claimed_ms + 1)
    mine = Letter.objects.filter(left, pk=there.pk, claimed_ms=there.claimed_ms)
    taken = mine.update(state="claimed", claimed_ms=claimed_ms, problem="", ended_ms=None)
    return Claim(there.pk, claimed_ms) if taken else None

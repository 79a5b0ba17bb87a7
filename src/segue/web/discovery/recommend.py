"""Recommendations for a listener: what the Engine answers, kept ready for as long as nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from segue.engine.request import Answer
from segue.web import clock, metrics
from segue.web.discovery import exposures
from segue.web.discovery.answers import Answers, Ready, State
from segue.web.discovery.questions import Question, request_of
from segue.web.discovery.serving import engine
from segue.web.experiments.assignment import plan_of
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener

SURFACE = "recommendations"
QUARTER_MS = 15 * 60_000
"""Clocks differ by quarters of an hour: for so long the hour, and what was heard how long ago, are taken as they were."""

kept = Answers(64 * 1024 * 1024)


def recommended(listener: Listener, asked: bytes, question: Callable[[], Question]) -> bytes:
    """The answer to a question, as `RecommendationsOut` in JSON.

    Args:
        listener: as just read from the database: its `version` says whether an answer that is kept still holds.
        asked: what tells the question from others.
        question: makes the question, where no answer to it is kept.

    Raises `BadRequest` for what makes no sense, and `BadSnapshot` where nothing is trained.
    """
    now_ms = clock.now_ms()
    current = engine()
    if plan := plan_of(listener, SURFACE).key:
        asked = plan.encode() + b"\0" + asked
    if len(asked) > 100:
        asked = hashlib.blake2b(asked, digest_size=32).digest()
    state = State(listener.version, current.manifest.name, now_ms // QUARTER_MS)
    ready = kept.get(listener.key, asked, state)
    metrics.recommended(held=ready is not None)
    if ready is None:
        wanted = question()
        ready = Ready.of(answer(listener, wanted, now_ms), shown=wanted.history is None)
        # A snapshot that was taken up meanwhile is another state.
        if ready.snapshot == current.manifest.name:
            kept.put(listener.key, asked, state, ready)
    exposure = None
    if ready.shown is not None:
        exposure = exposures.noted(listener, SURFACE, ready.snapshot, ready.shown)
    return ready.bytes(exposure)


def answer(listener: Listener, question: Question, at_ms: int | None = None) -> Answer:
    """What the Engine answers a listener now. Nothing is noted. Raises `BadRequest` and `BadSnapshot`."""
    request = request_of(question, known_of(listener, at_ms))
    asked = engine() if question.history is not None else plan_of(listener, SURFACE).engine(engine())
    [found] = asked.recommend([request])
    return found

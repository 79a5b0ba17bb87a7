"""Recommendations as documents, and the answers that a process keeps ready."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from ninja import Schema
from pydantic import Field

from segue.engine.request import Answer, Because, Reason, ReasonKind, Recommendation
from segue.web.discovery.exposures import as_json

# -- what is sent ---------------------------------------------------------------------------------------------------------


class BecauseOut(Schema):
    """A track of the history that a recommendation owes its place to."""

    track: str
    title: str
    artists: list[str]
    share: float = Field(description="Its part, 0 to 1.", examples=[0.61])


class ReasonOut(Schema):
    """Why, in plain words, and what is behind it."""

    kind: ReasonKind
    text: str = Field(examples=["because you play Northern Lights"])
    because: list[BecauseOut]
    model: str = Field(description="The source whose sums these are.", examples=["ease"])


class RecommendationOut(Schema):
    """One recommended track."""

    track: str = Field(description="Its key.", examples=["demo:track:12"])
    title: str = Field(examples=["Paper Boats"])
    artists: list[str] = Field(examples=[["Northern Lights"]])
    score: float
    source: str = Field(description="What put it there most.", examples=["ease"])
    sources: list[str] = Field(description="Everything that proposed it.", examples=[["model", "related"]])
    reasons: list[ReasonOut]
    propensity: float | None = Field(
        description="The probability with which the lottery drew it; null where it was not drawn."
    )


class RecommendationsOut(Schema):
    """A page of recommendations. Send its `exposure` with the listens that come of it."""

    snapshot: str = Field(examples=["20261121T030000"])
    exposure: uuid.UUID | None = Field(
        description="Null in private sessions and for histories that came with the question."
    )
    recommendations: list[RecommendationOut]


def document(one: Recommendation) -> dict[str, Any]:
    """A recommendation, as `RecommendationOut`."""
    return {
        "track": one.item_id, "title": one.title, "artists": one.artists, "score": one.score, "source": one.source,
        "sources": one.sources, "reasons": [reason(each) for each in one.reasons], "propensity": one.propensity,
    }  # fmt: skip


def documents(found: Sequence[Recommendation]) -> list[dict[str, Any]]:
    """Recommendations, each as `RecommendationOut`."""
    return [document(one) for one in found]


def reason(one: Reason) -> dict[str, Any]:
    """A reason, as `ReasonOut`."""
    return {"kind": one.kind, "text": one.text, "because": [_because(each) for each in one.because], "model": one.model}


def _because(one: Because) -> dict[str, Any]:
    return {"track": one.item_id, "title": one.title, "artists": one.artists, "share": one.share}


# -- what is kept ---------------------------------------------------------------------------------------------------------


class State(NamedTuple):
    """What an answer depends on beside the question: the version of the listener, the snapshot, and the quarter of an hour."""

    version: int
    snapshot: str
    quarter: int


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as bytes around the place of its exposure, and what of it is noted as shown (JSON; None for nothing)."""

    head: bytes
    tail: bytes
    shown: str | None
    snapshot: str

    @classmethod
    def of(cls, answer: Answer, *, shown: bool) -> Ready:
        """An answer, made ready."""
        head = b'{"snapshot":' + orjson.dumps(answer.snapshot) + b',"exposure":'
        tail = b',"recommendations":' + orjson.dumps(documents(answer.recommendations)) + b"}"
        return cls(head, tail, as_json(answer.recommendations) if shown else None, answer.snapshot)

    def bytes(self, exposure: uuid.UUID | None) -> bytes:
        """The answer with its exposure."""
        return self.head + (b"null" if exposure is None else b'"%b"' % str(exposure).encode()) + self.tail

    def __len__(self) -> int:
        return len(self.tail) + len(self.shown or "") + 500


class Answers:
    """The answers that were asked for last, up to so many bytes. Any number of threads may look and put."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, bytes], tuple[State, Ready]] = OrderedDict()

    def get(self, listener: str, asked: bytes, state: State) -> Ready | None:
        """The answer to a question; None where there is none that was made in this state of things."""
        key = (listener, asked)
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != state:
                return None
            self._kept.move_to_end(key)
            return found[1]

    def put(self, listener: str, asked: bytes, state: State, ready: Ready) -> None:
        """Keep an answer, in the place of one of another state. What nobody asked for since its quarter was over is forgotten."""
        with self._lock:
            self._drop((listener, asked))
            self._kept[listener, asked] = (state, ready)
            self.bytes += len(ready)
            while self.bytes > self.most_bytes or self._oldest().quarter < state.quarter:
                self._drop(next(iter(self._kept)))

    def forget(self, listener: str) -> None:
        """Forget what was answered to a listener."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == listener]:
                self._drop(key)

    def _oldest(self) -> State:
        return next(iter(self._kept.values()))[0] if self._kept else State(0, "", 2**63)

    def _drop(self, key: tuple[str, bytes]) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self.bytes -= len(dropped[1])

"""Recommendations."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from segue.web.api.auth import Needs
from segue.web.discovery.answers import RecommendationsOut
from segue.web.discovery.questions import MOST, AskedControls, Key, Question, Share, Strict, Word
from segue.web.discovery.recommend import recommended

router = Router()
PREFIX = "/recommendations"
TAG = "recommendations"


class CommonQuestion(Strict):
    """What is asked for most. POST takes everything that may be asked."""

    n: int = Field(default=20, ge=1, le=MOST, description="How many tracks.", examples=[10])
    dial: Share | None = Field(default=None, description="0 familiar to 1 unknown; left out: as the account has it.")
    explicit: bool | None = Field(default=None, description="Whether explicit words are allowed.")
    genres: list[Word] = Field(default=[], max_length=50, description="Only these; may be given several times.")
    decades: list[Annotated[int, Field(ge=1000, le=2990)]] = Field(
        default=[], max_length=50, description="Only these: 1990 for the nineties; may be given several times."
    )
    languages: list[Word] = Field(
        default=[], max_length=50, description="Only these ISO 639-1 codes; may be given several times."
    )
    seeds: list[Key] = Field(
        default=[], max_length=100, description="Tracks to be near to; may be given several times."
    )
    exploration: Share = Field(default=0.0, description="The share of places, at most, that goes to a lottery.")
    reasons: bool = Field(default=True, description="Whether to say why.")

    def question(self) -> Question:
        """The whole question."""
        controls = AskedControls(
            dial=self.dial, explicit=self.explicit, genres=self.genres, decades=self.decades, languages=self.languages
        )
        return Question(
            n=self.n, controls=controls, seeds=self.seeds, exploration=self.exploration, reasons=self.reasons
        )


@router.get("", auth=Needs("read"), response=RecommendationsOut, summary="Recommend tracks", operation_id="recommend")
def recommend(request: HttpRequest, asked: Query[CommonQuestion]) -> HttpResponse:
    """Tracks for the listener of the account, the best first, each with reasons.

    A listen, a like, a search or a setting counts in the very next answer.
    """
    words = request.META.get("QUERY_STRING", "").encode()
    body = recommended(request.auth.listener, b"?" + words, asked.question)  # type: ignore[attr-defined]
    return HttpResponse(body, content_type="application/json")


@router.post("", auth=Needs("read"), response=RecommendationsOut, summary="Ask anything", operation_id="ask")
def ask(request: HttpRequest, question: Question) -> HttpResponse:
    """Everything that may be asked of the Engine: controls, context, exclusions, seeds, rules, exploration.

    With `history`, the answer is for that history alone: nothing of the account is used, and nothing is noted.
    """
    body = recommended(request.auth.listener, request.body, lambda: question)  # type: ignore[attr-defined]
    return HttpResponse(body, content_type="application/json")

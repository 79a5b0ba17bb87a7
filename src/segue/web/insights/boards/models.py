"""The models: which snapshots there are and how good, for whom, whether their world moved, and who gets the places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from segue.exploring.report import Section
from segue.web.insights.base import Asked, Board, section
from segue.web.insights.figures import places
from segue.web.insights.figures import standing as told
from segue.web.insights.figures.telling import figure


def make(asked: Asked) -> Sequence[Section]:
    """All of it."""
    return [
        section("snapshots", "Snapshots", [figure("leaderboard", "Leaderboard", told.leaderboard)]),
        section("quality", "Quality for whom", [
            figure("by-kind", "By how long and how much they listen", partial(told.quality, "kind")),
            figure("by-country", "By country", partial(told.quality, "country")),
        ]),
        section("drift", "Drift", [
            figure("drift", "What listening is like, beside the period before", partial(told.inputs, asked)),
            figure("scores", "Scores, beside four weeks before", told.scores),
        ]),
        section("sources", "What each source contributes", [
            figure("sources", "Shown, and listened through", partial(told.sources, asked)),
        ]),
        section("fairness", "Fairness", [
            figure("by-popularity", "Exposure by popularity", partial(places.by_popularity, asked)),
            figure("by-artist-country", "Exposure by country of the artist", partial(places.by_country, asked)),
        ]),
        section("cold", "Cold start", [
            figure("new-listeners", "New listeners", partial(places.new_listeners, asked)),
            figure("new-tracks", "New tracks", partial(places.new_tracks, asked)),
        ]),
    ]  # fmt: skip


BOARD = Board(
    "models",
    "Models",
    "Which model is in use and how good it is, for whom, whether its world moved, and who gets the places.",
    40,
    make,
)

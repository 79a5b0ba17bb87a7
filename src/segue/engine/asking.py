"""A request in arrays: what the stages of ranking look at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.engine.ids import Ids
from segue.engine.reading import past_of
from segue.engine.request import Context, Request
from segue.engine.wanted import Codes, wanted_of
from segue.library.local_time import is_southern
from segue.library.segments import age_group
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import UNKNOWN, Catalogue
from segue.ranking.past import DAY_MS, Past
from segue.ranking.pipeline import Ask, barred_items, groups_of
from segue.ranking.signals import Moment


@dataclass(frozen=True, eq=False)
class Asking:
    """Turns requests into arrays of the items of one snapshot.

    `until_ms`, the end of what was learned from, is the time by which the histories of requests that name none are read.
    """

    ids: Ids
    catalogue: Catalogue
    codes: Codes
    until_ms: int

    def past(self, request: Request) -> Past:
        """The history of a request."""
        now_ms = request.context.now_ms
        latest_ms = max(self.until_ms, _clock_ms(request)) + DAY_MS
        return past_of(request, self.ids.places, self.until_ms if now_ms is None else now_ms, latest_ms)

    def moment(self, context: Context) -> Moment:
        """When and where a request is made."""
        crowds = self.catalogue.crowds
        country = crowds.group(f"country-{context.country.upper()}") if context.country else UNKNOWN
        age = crowds.group(f"age-{age_group(context.age)}") if context.age is not None else UNKNOWN
        month = context.month
        if month is not None and is_southern(context.country):
            month = (month + 5) % 12 + 1
        return Moment(context.hour, month, context.weekday, country, age)

    def ask(self, request: Request, before: Sequence[str] = ()) -> Ask:
        """A request in arrays; `before` is what was just played, the last last. Raises `BadRequest`."""
        past, moment = self.past(request), self.moment(request.context)
        everybody = groups_of(self.catalogue, ["trending", "overall"])[:1]
        own = np.array([row for row in (moment.country, moment.age) if row != UNKNOWN], dtype=np.int64)
        controls, exclusions = request.controls, request.exclusions
        seeds = self._known(request.seeds)
        barred = [barred_items(past, exclusions.heard_within_days), seeds, self._known(exclusions.not_my_taste)]
        wanted = wanted_of(request, self.codes, self.ids.places, _clock_ms(request))
        # There is no more than everything: what is asked for is room that native code makes.
        n = min(int(request.n), max(len(self.ids), 1))
        targets = tuple((AUDIO_FEATURES.index(name), float(value)) for name, value in controls.targets.items())
        return Ask(
            past, seeds, wanted, moment, np.concatenate([own, everybody]), np.concatenate(barred), targets, n, request.rules,
            controls.dial, request.exploration, request.seed, self._known(before),
        )  # fmt: skip

    def _known(self, item_ids: Sequence[str]) -> np.ndarray:
        if not item_ids:
            return np.zeros(0, dtype=np.int32)
        places = self.ids.places(item_ids)
        return places[places >= 0].astype(np.int32)


def _clock_ms(request: Request) -> int:
    """The time of a request, by the clock on the wall where it names none."""
    now_ms = request.context.now_ms
    return int(time.time() * 1000) if now_ms is None else now_ms

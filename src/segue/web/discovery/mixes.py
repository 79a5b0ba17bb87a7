"""The mixes of a listener: made when they are looked at, and kept by each process until something they depend on changes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from segue.engine.engine import Engine
from segue.mixes.base import For, MakesMixes, Mix
from segue.mixes.clock import midnight_of, monday_of, settled
from segue.mixes.registry import products
from segue.mixes.trending import Group, trending_in
from segue.web.api.errors import Problem, not_found
from segue.web.discovery import ahead
from segue.web.discovery.serving import engine
from segue.web.experiments.assignment import plan_of
from segue.web.experiments.varied import plan_key
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener

SINCE: dict[str, Callable[[datetime], datetime]] = {
    "discover-weekly": monday_of, "hidden-gems": monday_of, "rewind": monday_of,
    "daily-mix": midnight_of, "release-radar": midnight_of, "on-repeat": midnight_of,
}  # fmt: skip
"""As of when the listener is looked at. Mixes that do not stand here are made anew with every change, and every hour."""
WEEKLY = frozenset(name for name, since in SINCE.items() if since is monday_of)
"""Those that are made ahead."""
LISTENERS = 500
"""Of so many listeners a process keeps the mixes: a few hundred kB each."""
LONGEST_S = 3 * 3600
"""What was made longer ago is forgotten when the next is made: nothing of somebody who is gone may stay for long."""


@dataclass(frozen=True)
class _Made:
    """Mixes, and what they were made of."""

    snapshot: str
    asked: For
    plan: str
    mixes: tuple[Mix, ...]
    made_s: float


_lock = threading.Lock()
_kept: OrderedDict[str, dict[str, _Made]] = OrderedDict()


def mixes_of(
    listener: Listener, at_ms: int | None = None, only: Collection[str] | None = None
) -> tuple[str, list[Mix]]:
    """The snapshot, and every mix that there is for a listener now, or those of some products. Raises `BadSnapshot`."""
    current, one = engine(), known_of(listener, at_ms)
    made = [
        _mixes(name, made_by, listener.key, one, plan_of(listener, name).engine(current))
        for name, made_by in products().items() if only is None or name in only
    ]  # fmt: skip
    return current.manifest.name, [mix for mixes in made for mix in mixes if mix.tracks]


def mix_of(listener: Listener, key: str, at_ms: int | None = None) -> tuple[str, Mix]:
    """The snapshot, and one mix of a listener, by key. Raises `Problem` (404) where there is none; `BadSnapshot`."""
    current, one = engine(), known_of(listener, at_ms)
    for name, made_by in products().items():
        # Keys begin with the names of their products: "daily-mix-2". The others need not be made.
        if key == name or key.startswith(f"{name}-"):
            for mix in _mixes(name, made_by, listener.key, one, plan_of(listener, name).engine(current)):
                if mix.key == key and mix.tracks:
                    return current.manifest.name, mix
    raise not_found("mix")


def trending(listener: Listener, country: str) -> tuple[str, Mix]:
    """The snapshot, and what listeners in a country play these days, without what this listener will not hear.

    Raises `Problem` (404) for a country with too few listeners; `BadSnapshot`.
    """
    current, code = engine(), country.upper()
    group = Group(
        f"country-{code}", f"trending-{code.lower()}", f"Trending in {code}",
        f"What listeners in {code} play these days.", f"in {code}",
    )  # fmt: skip
    mix = trending_in(group, known_of(listener), current)
    if not mix.tracks:
        raise Problem(404, "not-found", f"Too few listeners are known in {code} to say what is played there.")
    return current.manifest.name, mix


def make_ahead(listener: Listener) -> bool:
    """Make the mixes of a listener's week where all processes find them; whether any were not there yet. Raises `BadSnapshot`."""
    current, one, anew = engine(), known_of(listener), False
    for name in sorted(WEEKLY):
        planned = plan_of(listener, name).engine(current)
        mixes = _mixes(name, products()[name], listener.key, one, planned)
        anew |= ahead.keep(listener.pk, name, _state(planned, _asked(name, one)), mixes)
    return anew


def forget(listener: str) -> None:
    """Forget the mixes of a listener, by key."""
    with _lock:
        _kept.pop(listener, None)


def _mixes(name: str, made_by: MakesMixes, listener: str, one: For, current: Engine) -> tuple[Mix, ...]:
    """The mixes of one product: those that are kept, where they would come out the same."""
    asked, plan = _asked(name, one), plan_key(current)
    with _lock:
        found = _kept.get(listener, {}).get(name)
    if found is not None and (found.snapshot, found.plan) == (current.manifest.name, plan) and found.asked == asked:
        return found.mixes
    mixes = ahead.found(listener, name, _state(current, asked)) if name in WEEKLY else None
    if mixes is None:
        [mixes] = made_by.make([one], current)
    with _lock:
        _kept.setdefault(listener, {})[name] = _Made(current.manifest.name, asked, plan, mixes, time.monotonic())
        _kept.move_to_end(listener)
        while len(_kept) > LISTENERS or _is_old(next(iter(_kept.values()))):
            _kept.popitem(last=False)
    return mixes


def _state(current: Engine, asked: For) -> str:
    """Of all that mixes depend on."""
    return ahead.state_of(current.manifest.name, plan_key(current), asked)


def _is_old(made: dict[str, _Made]) -> bool:
    return max(one.made_s for one in made.values()) < time.monotonic() - LONGEST_S


def _asked(name: str, one: For) -> For:
    """What the mixes of a product depend on: two listeners that are alike in it get the same."""
    if since := SINCE.get(name):
        return settled(one, since(one.at))
    hour = one.at.replace(minute=0, second=0, microsecond=0)
    return replace(one, at=hour, context=replace(one.context, now_ms=None))

"""What the listeners are shown: ways to fill a page, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from segue.demo.sessions import YEAR_START
from segue.demo.streams import stream
from segue.engine.engine import Engine
from segue.engine.request import Context, Controls, History, Request
from segue.errors import NotFound
from segue.ranking.diversity import NO_RULES, Rules
from segue.simulation.listening import PAGE, suiting
from segue.simulation.memory import Memory
from segue.simulation.world import YEAR_START_MS, World


@dataclass(frozen=True)
class Policy:
    """One way to fill a page.

    Attributes:
        name: as it is asked for.
        meaning: in a few words.
        by: who chooses: the engine, the number of listeners, chance, the hidden truth, or nobody (there is no page).
        rules, dial, exploration: as in a request to the engine.
    """

    name: str
    meaning: str
    by: Literal["engine", "popularity", "chance", "truth", "nobody"] = "engine"
    rules: Rules = Rules()
    dial: float = 0.5
    exploration: float = 0.0


POLICIES = {
    policy.name: policy
    for policy in (
        Policy("popularity", "what most people play, of what the listener has not heard", by="popularity"),
        Policy(
            "exploit", "the best the model knows: no rules, nothing explored, the dial at 0.3", rules=NO_RULES, dial=0.3
        ),
        Policy("default", "the engine as it comes: its rules, the dial at 0.5, a tenth explored", exploration=0.1),
        Policy("unexplored", "as default, with nothing explored"),
        Policy("bold", "the engine's rules, the dial at 0.8, three tenths explored", dial=0.8, exploration=0.3),
        Policy("chance", "anything the listener has not heard", by="chance"),
        Policy("oracle", "what suits best in truth, which nobody can know: as well as pages can please", by="truth"),
        Policy("nothing", "no page: listeners choose all by themselves", by="nobody"),
    )
}
COMPARED = ("popularity", "exploit", "default")


def policies_named(names: Sequence[str]) -> list[Policy]:
    """The policies of these names, in order, each once. Raises `NotFound` for a name that there is not."""
    for name in names:
        if name not in POLICIES:
            raise NotFound(f"there is no policy {name!r}: there are {', '.join(POLICIES)}")
    return [POLICIES[name] for name in dict.fromkeys(names)]


def simple_pages(policy: Policy, world: World, memory: Memory, week: int) -> np.ndarray:
    """Pages by others than the engine, int64, shape (n_listeners, PAGE): of tracks that are out and that the listener has not met.

    The most popular are those that most listeners have played to the end; -1 where nothing is left.
    """
    if policy.by == "nobody":
        return np.full((len(memory.met), PAGE), -1, dtype=np.int64)
    if policy.by == "truth":
        every = np.arange(world.n_tracks)[np.newaxis, :]
        score = suiting(world, memory.taste(world.taste(week)), np.arange(len(memory.met))[:, np.newaxis], every)
    elif policy.by == "popularity":
        score = np.broadcast_to(memory.played.sum(axis=0, dtype=np.float64), memory.met.shape)
    else:
        score = stream(world.seed, f"chance {week}").random(memory.met.shape)
    score = np.where(memory.met | ~world.out(week), -np.inf, score)
    order = np.argsort(-score, axis=1, kind="stable")[:, :PAGE]
    return np.where(np.isfinite(np.take_along_axis(score, order, axis=1)), order, -1)


def engine_pages(policy: Policy, world: World, week: int, engine: Engine, histories: Sequence[History]) -> np.ndarray:
    """Pages by the engine, int64, shape (n_listeners, PAGE); -1 where a page is shorter. The engine sees histories alone."""
    requests = [
        Request(
            history, n=PAGE, context=context, controls=Controls(dial=policy.dial), rules=policy.rules,
            exploration=policy.exploration, seed=seed, reasons=False,
        )
        for history, context, seed in zip(histories, contexts(world, week), _seeds(world, week), strict=True)
    ]  # fmt: skip
    pages = np.full((len(requests), PAGE), -1, dtype=np.int64)
    for row, answer in enumerate(engine.recommend(requests)):
        found = [world.tracks_by_id[one.item_id] for one in answer.recommendations[:PAGE]]
        pages[row, : len(found)] = found
    return pages


def contexts(world: World, week: int) -> list[Context]:
    """When the pages are asked for, and what listeners have told of themselves."""
    now_ms = YEAR_START_MS + world.starts_ms(week)
    year = int(YEAR_START.astype(object).year)
    told = world.people.frame.select("country", age=year - pl.col("birth_year"))
    return [Context(now_ms, month=world.month(week) + 1, country=country, age=age) for country, age in told.iter_rows()]


def _seeds(world: World, week: int) -> list[int]:
    """A seed for each listener's lottery, the same under every policy."""
    return stream(world.seed, f"lottery {week}").integers(1 << 31, size=len(world.people)).tolist()

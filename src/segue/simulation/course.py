"""The loop: show, listen, remember, learn, and again; for every policy from the same beginning.

What a recommender shows is what it learns from next (Chaney et al., RecSys 2018, "How algorithmic confounding in recommendation
systems increases homogeneity and decreases utility"), and what is heard moves taste (Jiang et al., AIES 2019, "Degenerate
feedback loops in recommender systems"). Both are here: snapshots are trained anew every week on all listening so far, and a part
of taste follows what was heard.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from segue.demo.plays import Plays, listen_frame
from segue.demo.streams import stream
from segue.engine.engine import Engine
from segue.engine.histories import histories_of
from segue.engine.request import History
from segue.engine.snapshot import Snapshots
from segue.engine.train import train
from segue.library import Library
from segue.simulation import measures
from segue.simulation.listening import Luck, Seen, go_down, own_plays, page_plays, suiting
from segue.simulation.memory import Memory
from segue.simulation.policies import COMPARED, Policy, engine_pages, policies_named, simple_pages
from segue.simulation.results import Course, Simulation
from segue.simulation.world import YEAR_START_MS, World, make_world

MODEL = "ease"
"""A fifth of the hybrid's work, which is done again every week for every policy."""
SCALE = 0.2
WEEKS = 12
Say = Callable[[str], None]


def simulate(
    *,
    weeks: int = WEEKS,
    scale: float = SCALE,
    seed: int = 1,
    policies: Sequence[str] = COMPARED,
    model: str = MODEL,
    progress: Say = lambda _: None,
) -> Simulation:
    """Weeks of listening under each policy.

    Args:
        weeks: how many, up to 30.
        scale: of the crowd: about 1,000 listeners times this.
        seed: of the world and of all chance: the same seed gives the same numbers.
        policies: names of `POLICIES`.
        model: the recommender that is trained every week.
        progress: called with a line of text before each stage.

    Raises `NotFound` for a policy that there is not, `UnknownModel` for such a model, `ValueError` for weeks or a scale out of
    range.
    """
    chosen = policies_named(policies)
    progress("inventing the world")
    world = make_world(seed, scale, weeks)
    with tempfile.TemporaryDirectory(prefix="segue-simulation-") as folder:
        progress(f"training {model} on the year so far")
        begun = _Learner(world, Path(folder) / "start", model)
        begun.learn(world.library(0, *nothing_yet(world)))
        yardstick = _vectors(world, begun.engine)
        courses = []
        for policy in chosen:
            learner = _Learner(world, Path(folder) / policy.name, model, begun.engine)
            courses.append(_course(policy, world, learner, yardstick, progress))
    library = world.library(0, *nothing_yet(world))
    return Simulation(seed, scale, weeks, model, library.fingerprint(), library.counts(), tuple(courses))


class _Learner:
    """Trains on a library in a folder of its own, and keeps the engine of the latest snapshot alone."""

    def __init__(self, world: World, folder: Path, model: str, engine: Engine | None = None) -> None:
        self.world, self.folder, self.model, self._engine = world, folder, model, engine

    @property
    def engine(self) -> Engine:
        """The engine of the latest snapshot."""
        if self._engine is None:
            raise RuntimeError("nothing was learned yet")
        return self._engine

    def learn(self, library: Library) -> None:
        """Train, and use what was learned from now on."""
        shutil.rmtree(self.folder, ignore_errors=True)
        manifest = train(
            library, Snapshots(self.folder), model=self.model, level="track", signal="listens", measure=False, ranker=False,
            sequence=False,
        )  # fmt: skip
        self._engine = Engine.open(self.folder, manifest.name)

    def histories(self, library: Library, week: int) -> list[History]:
        """What is known of each listener of the world when a week begins, in order."""
        now_ms = YEAR_START_MS + self.world.starts_ms(week)
        return histories_of(self.world.people.frame["listener_id"].to_list(), library, "track", now_ms)


def _course(policy: Policy, world: World, learner: _Learner, yardstick: np.ndarray, progress: Say) -> Course:
    """All weeks under one policy."""
    memory = Memory.of(world)
    listens, likes = nothing_yet(world)
    found = []
    for week in range(world.weeks):
        progress(f"{policy.name}: week {week + 1} of {world.weeks}")
        if policy.by == "engine":
            library = world.library(week, listens, likes)
            if week:
                learner.learn(library)
            tracks = engine_pages(policy, world, week, learner.engine, learner.histories(library, week))
        else:
            tracks = simple_pages(policy, world, memory, week)
        luck = Luck.of(world, week)
        seen = go_down(world, memory, week, tracks, luck)
        plays = together(page_plays(world, week, seen, luck), own_plays(world, memory, week))
        shown = _shown(world, memory, week, seen, yardstick)
        memory.remember(world, week, plays)
        found.append(shown | _left_behind(world, memory, week))
        listens = pl.concat([listens, listen_frame(world.catalogue, world.people, plays)])
        likes = pl.concat([likes, _like_frame(world, week, seen)])
    return Course(policy, {name: np.array([week[name] for week in found]) for name in found[0]})


def together(one: Plays, other: Plays) -> Plays:
    """The listens of both, by time."""
    columns = ("listener", "track", "time_ms", "ms_played", "skipped", "misfit")
    both = Plays(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in columns))
    return both.only(np.lexsort((both.listener, both.time_ms)))


def nothing_yet(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The listens and the likes before the first week: none."""
    none = np.zeros(0, dtype=np.int64)
    return listen_frame(world.catalogue, world.people, Plays(none, none, none, none, none > 0, none)), pl.DataFrame(
        schema={"listener_id": pl.String, "track_id": pl.String, "kind": pl.String, "time": pl.Datetime("ms", "UTC")}
    )


def _like_frame(world: World, week: int, seen: Seen) -> pl.DataFrame:
    listener, place = np.nonzero(seen.liked)
    track = seen.tracks[listener, place]
    time_ms = np.full(len(track), YEAR_START_MS + world.starts_ms(week + 1) - 1)
    return pl.DataFrame({
        "listener_id": world.people.frame["listener_id"].gather(listener),
        "track_id": world.catalogue.tracks["track_id"].gather(track),
        "kind": pl.Series(["like"] * len(track), dtype=pl.String),
        "time": pl.Series(time_ms).cast(pl.Datetime("ms", "UTC")),
    })  # fmt: skip


# -- what is measured -----------------------------------------------------------------------------------------------------


def _vectors(world: World, engine: Engine) -> np.ndarray:
    """The vectors of the first snapshot by track of the world, 0 for those it does not have: one yardstick for all weeks."""
    places = engine.places(world.track_ids)
    vectors = np.asarray(engine.catalogue.space.vectors)
    return np.where((places >= 0)[:, np.newaxis], vectors[np.maximum(places, 0)], 0)


def _shown(world: World, memory: Memory, week: int, seen: Seen, yardstick: np.ndarray) -> dict[str, np.ndarray | float]:
    """What the pages were like, and what became of them; of what listeners knew before them."""
    listener = np.arange(len(seen.tracks))[:, np.newaxis]
    taste = memory.taste(world.taste(week))
    suits = suiting(world, taste, listener, np.maximum(seen.tracks, 0))
    pairs = measures.random_pairs(len(world.people), stream(world.seed, "pairs"))
    return {
        "skips": measures.skip_rate(seen.reached, seen.skipped),
        "likes": measures.likes_per_100(seen.reached, seen.liked),
        "suiting": measures.mean_where(suits, seen.through),
        "discovery": measures.discovery(seen.tracks, seen.through, world.artist, memory.artists),
        "diversity": measures.diversity(seen.tracks, yardstick),
        "gini": measures.artist_gini(seen.tracks, world.artist, len(world.catalogue.roster)),
        "coverage": measures.coverage(seen.tracks, world.out(week)),
        "homogeneity": measures.homogeneity(seen.tracks, pairs),
    }


def _left_behind(world: World, memory: Memory, week: int) -> dict[str, np.ndarray | float]:
    """How broad listening and taste are after a week, beside the taste that listeners would have by themselves."""
    own = world.taste(week)
    return {
        "breadth": measures.entropy_of_some(sum(memory.lately, np.zeros_like(memory.lately[0])))
        / measures.entropy_of_draws(own),
        "taste": measures.entropy(memory.taste(own)) / measures.entropy(own),
    }

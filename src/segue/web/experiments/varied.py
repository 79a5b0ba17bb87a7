"""An Engine as a variant has it: what is asked is changed on the way in, or two rankings are drafted into one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from segue.engine.engine import Engine
from segue.engine.request import Answer, Recommendation, Request
from segue.evaluation.experiments import interleave
from segue.web.experiments.recipes import RECIPES


@dataclass(frozen=True)
class Step:
    """A recipe with its parameters: (name, value), in order of names."""

    recipe: str
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Plan:
    """What is done for one listener in one place: steps after each other; with `rival`, two pages drafted into one.

    `rival` are the steps of the other page.
    """

    steps: tuple[Step, ...] = ()
    rival: tuple[Step, ...] | None = None

    @property
    def key(self) -> str:
        """Tells answers of different plans apart; empty where nothing is changed."""
        return "" if self == NOTHING else repr((self.steps, self.rival))

    def engine(self, engine: Engine) -> Engine:
        """The Engine that answers so: itself where nothing is changed."""
        return engine if self == NOTHING else Varied.of(engine, self)


NOTHING = Plan()


@dataclass(frozen=True)
class Drafted(Recommendation):
    """A recommendation on a page of two rankings: `team` is "a" or "b", whose pick it was; empty where nobody's."""

    team: str = ""


@dataclass(frozen=True, eq=False)
class Varied(Engine):
    """An Engine that answers as a plan says; everything else of it is the same."""

    plan: Plan = NOTHING

    @classmethod
    def of(cls, engine: Engine, plan: Plan) -> Varied:
        """Made in no time: it shares all that the engine has, also what was made when first asked for."""
        made = object.__new__(cls)
        vars(made).update(vars(engine) | {"plan": plan})
        return made

    def recommend(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.recommend`."""
        return [self._planned(request) for request in requests]

    def _planned(self, request: Request) -> Answer:
        mine = self._stepped(request, self.plan.steps)
        if self.plan.rival is None:
            return mine
        theirs = self._stepped(request, self.plan.rival)
        return drafted(mine, theirs, request.n, request.seed)

    def _stepped(self, request: Request, steps: Sequence[Step]) -> Answer:
        answering = None
        for step in steps:
            recipe = RECIPES.get(step.recipe)
            if recipe is None:  # of another version of Segue
                continue
            request = recipe.change(request, dict(step.values))
            answering = recipe.answer or answering
        return answering(request, self) if answering is not None else super().recommend([request])[0]


def drafted(one: Answer, other: Answer, n: int, seed: int) -> Answer:
    """A page of both, by team draft: `Drafted` says whose pick each was."""
    own, others = ({found.item_id: found for found in answer.recommendations} for answer in (one, other))
    made = interleave(list(own), list(others), seed, min(n, len({*own, *others})))
    page = []
    for item, team in zip(made.ranking, made.teams, strict=True):
        found = others[item] if item not in own or (team == "b" and item in others) else own[item]
        page.append(Drafted(**vars(found), team=team or ""))
    return replace(one, recommendations=tuple(page))


def plan_key(engine: Engine) -> str:
    """What tells its answers from those of the engine as it is; empty where nothing does."""
    return engine.plan.key if isinstance(engine, Varied) else ""

"""Defining, starting, widening, stopping, shipping and rolling back: each once, and written down with who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from segue.errors import BadRequest
from segue.web import clock
from segue.web.accounts.models import User
from segue.web.experiments import assignment
from segue.web.experiments.assignment import SURFACES
from segue.web.experiments.metrics import METRICS
from segue.web.experiments.models import (
    DRAFT,
    KINDS,
    ROLLED_BACK,
    RUNNING,
    SHIPPED,
    STOPPED,
    Allowed,
    Decision,
    Experiment,
    Shipped,
    Variant,
)
from segue.web.experiments.recipes import checked
from segue.web.listening.models import Listener

MOST_VARIANTS = 6
LONGEST_WINDOW = 28


@dataclass(frozen=True)
class NewVariant:
    """A variant as it is defined."""

    name: str
    share: float
    recipe: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewExperiment:
    """An experiment as it is defined; the first variant is the control."""

    name: str
    hypothesis: str
    variants: tuple[NewVariant, ...]
    surfaces: tuple[str, ...]
    primary: str
    kind: str = "comparison"
    layer: str = "ranking"
    countries: tuple[str, ...] = ()
    new_only: bool = False
    share: float = 1.0
    guardrails: tuple[str, ...] = ()
    minimum_effect: float = 0.02
    window_days: int = 7
    planned_units: int = 0


def define(new: NewExperiment, user: User | None) -> Experiment:
    """A draft. Raises `BadRequest` for what cannot be."""
    _check(new)
    parameters = [checked(one.recipe, one.parameters) for one in new.variants]
    if Experiment.objects.filter(name=new.name).exists():
        raise BadRequest(f"there is an experiment called {new.name!r} already: choose another name")
    with transaction.atomic():
        made = Experiment.objects.create(
            name=new.name, hypothesis=new.hypothesis, kind=new.kind, layer=new.layer, surfaces=list(new.surfaces),
            countries=list(new.countries), new_only=new.new_only, share=new.share, primary=new.primary,
            guardrails=list(new.guardrails), minimum_effect=new.minimum_effect, window_days=new.window_days,
            planned_units=new.planned_units, created_ms=clock.now_ms(),
        )  # fmt: skip
        Variant.objects.bulk_create([
            Variant(experiment=made, position=place, name=one.name, share=one.share, recipe=one.recipe, parameters=values)
            for place, (one, values) in enumerate(zip(new.variants, parameters, strict=True))
        ])  # fmt: skip
        _written(made, user, "defined")
    return made


def _check(new: NewExperiment) -> None:
    texts = {"name": (new.name, 80), "hypothesis": (new.hypothesis, 500), "layer": (new.layer, 40)}
    texts |= {f"variant {place + 1}": (one.name, 40) for place, one in enumerate(new.variants)}
    for what, (text, longest) in texts.items():
        if not 0 < len(text.strip()) <= longest or "\0" in text:
            raise BadRequest(f"{what}: write 1 to {longest} characters")
    if not 2 <= len(new.variants) <= MOST_VARIANTS:
        raise BadRequest(f"an experiment has 2 to {MOST_VARIANTS} variants, not {len(new.variants)}")
    if len({one.name for one in new.variants}) < len(new.variants):
        raise BadRequest("two variants have the same name")
    if not all(one.share > 0 for one in new.variants) or abs(sum(one.share for one in new.variants) - 1) > 1e-6:
        raise BadRequest("the shares of the variants must be above 0 and add up to 1")
    if new.kind not in KINDS or (new.kind == "interleaving" and len(new.variants) != 2):
        raise BadRequest(f"kind must be {' or '.join(KINDS)}; an interleaving has two variants")
    _among("surface", new.surfaces, SURFACES)
    _among("metric", (new.primary, *new.guardrails), METRICS)
    if not new.surfaces:
        raise BadRequest("say where it shows: choose at least one surface")
    if not all(len(one) == 2 and one.isascii() and one.isalpha() and one.isupper() for one in new.countries):
        raise BadRequest("countries are codes of two letters, as SE")
    if not 0 < new.share <= 1:
        raise BadRequest(f"share must be above 0 and at most 1, not {new.share:g}")
    if not 0 < new.minimum_effect <= 1 or not 1 <= new.window_days <= LONGEST_WINDOW:
        raise BadRequest(f"the minimum effect is above 0 and at most 1, the window 1 to {LONGEST_WINDOW} days")
    if not 0 <= new.planned_units < 2**31:
        raise BadRequest("the planned listeners are a number of 0 or more")


def _among(what: str, chosen: Sequence[str], known: dict[str, Any]) -> None:
    if strange := [one for one in chosen if one not in known]:
        raise BadRequest(f"there is no {what} {strange[0][:40]!r}: there are {', '.join(known)}")


def start(experiment: Experiment, user: User | None) -> None:
    """Begin: it takes the first room that is wide enough in its layer. Raises `BadRequest` where there is none."""
    with transaction.atomic():
        row = _held(experiment, DRAFT)
        row.start = _room(row)
        row.state, row.started_ms = RUNNING, clock.now_ms()
        row.save(update_fields=["start", "state", "started_ms"])
        _written(row, user, "started", f"with {row.share:.0%} of the listeners")
    _taken_over(experiment, row)


def widen(experiment: Experiment, share: float, user: User | None) -> None:
    """Raise the share: everybody who was in stays in, with the same variant. Raises `BadRequest`."""
    with transaction.atomic():
        row = _held(experiment, RUNNING)
        if not row.share < share <= 1:
            raise BadRequest(f"the share can only be raised: above {row.share:.0%}, and at most 100%")
        end = min((one.start for one in _beside(row) if one.start >= row.start), default=1.0)
        if row.start + share > end + 1e-9:
            raise BadRequest(
                f"the layer {row.layer!r} has room for {end - row.start:.0%} of the listeners here: another experiment comes next"
            )
        row.share = share
        row.save(update_fields=["share"])
        _written(row, user, "widened", f"to {share:.0%} of the listeners")
    _taken_over(experiment, row)


def stop(experiment: Experiment, user: User | None, why: str = "") -> None:
    """End it: everybody has what they had before. Raises `BadRequest` where it does not run."""
    with transaction.atomic():
        row = _held(experiment, RUNNING)
        row.state, row.ended_ms = STOPPED, clock.now_ms()
        row.save(update_fields=["state", "ended_ms"])
        _written(row, user, "stopped", why)
    _taken_over(experiment, row)


def ship(experiment: Experiment, variant: Variant, user: User | None) -> None:
    """End it, and make a variant what all are shown in its layer. Raises `BadRequest`."""
    if variant.experiment_id != experiment.pk:
        raise BadRequest("that variant is of another experiment")
    with transaction.atomic():
        row = _held(experiment, RUNNING, STOPPED, ROLLED_BACK)
        now_ms = clock.now_ms()
        row.state, row.ended_ms = SHIPPED, row.ended_ms or now_ms
        row.save(update_fields=["state", "ended_ms"])
        if variant.recipe != "default":
            Shipped.objects.create(
                experiment=row, layer=row.layer, surfaces=row.surfaces, recipe=variant.recipe,
                parameters=variant.parameters, since_ms=now_ms,
            )  # fmt: skip
        _written(row, user, "shipped", variant.name)
    _taken_over(experiment, row)


def roll_back(experiment: Experiment, user: User | None) -> None:
    """Undo shipping: what held in the layer before holds again. Raises `BadRequest` where it is not shipped."""
    with transaction.atomic():
        row = _held(experiment, SHIPPED)
        row.state = ROLLED_BACK
        row.save(update_fields=["state"])
        Shipped.objects.filter(experiment=row, until_ms=None).update(until_ms=clock.now_ms())
        _written(row, user, "rolled back")
    _taken_over(experiment, row)


def allow(experiment: Experiment, listener: Listener, variant: Variant | None, user: User | None) -> None:
    """Let a listener try a variant, or (None) no longer. They are not counted. Raises `BadRequest` for one that has ended."""
    with transaction.atomic():
        row = _held(experiment, DRAFT, RUNNING)
        Allowed.objects.filter(experiment=row, listener=listener).delete()
        if variant is not None:
            Allowed.objects.create(experiment=row, variant=variant, listener=listener)
        _written(row, user, "tried", variant.name if variant is not None else "no longer")
    _taken_over(experiment, row)


def _held(experiment: Experiment, *states: str) -> Experiment:
    """The row, held until the transaction ends. Raises `BadRequest` where its state is another: somebody else was quicker."""
    # All of the layer, so that two that begin at once do not take the same room.
    layer = list(Experiment.objects.select_for_update().filter(layer=experiment.layer).order_by("pk"))
    row = next((one for one in layer if one.pk == experiment.pk), experiment)
    if row.state not in states:
        raise BadRequest(f"the experiment is {row.state}: this can be done while it is {' or '.join(states)}")
    return row


def _beside(row: Experiment) -> list[Experiment]:
    """The others that run in the layer, in the order of their places."""
    return list(Experiment.objects.filter(layer=row.layer, state=RUNNING).exclude(pk=row.pk).order_by("start"))


def _room(row: Experiment) -> float:
    """Where the share fits: in the widest gap of the layer, so that it can grow."""
    gaps, at = [], 0.0
    for one in _beside(row):
        gaps.append((one.start - at, at))
        at = one.start + one.share
    gaps.append((1 - at, at))
    width, where = max(gaps, key=lambda gap: (gap[0], -gap[1]))
    if width < row.share - 1e-9:
        raise BadRequest(
            f"the layer {row.layer!r} has room for {max(width, 0):.0%} of the listeners: others run there;"
            " choose another layer, or a smaller share"
        )
    return where


def _written(row: Experiment, user: User | None, what: str, why: str = "") -> None:
    Decision.objects.create(experiment=row, user=user, what=what, why=why[:500], time_ms=clock.now_ms())


def _taken_over(experiment: Experiment, row: Experiment) -> None:
    """What the caller holds is as it is now, and this process goes by it at once."""
    for name in ("start", "share", "state", "started_ms", "ended_ms"):
        setattr(experiment, name, getattr(row, name))
    assignment.forget()

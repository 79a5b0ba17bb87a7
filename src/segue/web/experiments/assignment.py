"""Who is shown what: by a stable hash, from what each process knows of the running experiments; and who saw it first when."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, transaction

from segue.evaluation.experiments import assign, bucket
from segue.web import clock
from segue.web.experiments.models import DRAFT, RUNNING, Allowed, Experiment, Seen, Shipped, Variant
from segue.web.experiments.varied import NOTHING, Plan, Step
from segue.web.listening.models import Listener

log = structlog.get_logger()
KEPT_S = 3.0
"""For so long a process goes by what it read of the experiments; a change elsewhere counts after that."""
_MOST_NOTED = 200_000
SURFACES = {
    "recommendations": "Recommendations of the API", "home": "Recommendations on the front page",
    "discover-weekly": "Discover Weekly", "station": "Stations",
}  # fmt: skip
KIND_OF = {
    "recommendations": "recommendations", "home:for-you": "home", "home:because": "home",
    "mix:discover-weekly": "discover-weekly", "station": "station",
}  # fmt: skip


@dataclass(frozen=True)
class Arm:
    """A variant as it is assigned."""

    id: int
    share: float
    step: Step


@dataclass(frozen=True)
class Known:
    """An experiment as it is assigned."""

    id: int
    kind: str
    layer: str
    surfaces: frozenset[str]
    start: float
    share: float
    countries: frozenset[str]
    new_since_ms: int | None
    running: bool
    arms: tuple[Arm, ...]
    tried: dict[int, int] = field(hash=False)
    """The arm that a listener tries, by primary keys."""

    def arm_of(self, listener: Listener) -> int | None:
        """The place of the arm of a listener; None for who is not in it."""
        if (tried := self.tried.get(listener.pk)) is not None:
            return tried
        if not self.running or not self.is_for(listener):
            return None
        if not self.start <= bucket(listener.key, f"layer:{self.layer}") < self.start + self.share:
            return None
        return assign(listener.key, f"experiment:{self.id}", [arm.share for arm in self.arms])

    def is_for(self, listener: Listener) -> bool:
        """Whether the listener belongs to whom it is for."""
        if self.countries and listener.country not in self.countries:
            return False
        if self.new_since_ms is None:
            return True
        return listener.user is not None and listener.user.date_joined.timestamp() * 1000 >= self.new_since_ms


@dataclass(frozen=True)
class Standing:
    """All that assignment goes by: the experiments (by layer), and what is shipped in each layer."""

    experiments: tuple[Known, ...] = ()
    shipped: tuple[tuple[str, frozenset[str], Step], ...] = ()


def plan_of(listener: Listener, surface: str) -> Plan:
    """What is done for a listener at one of `SURFACES`, or at a surface as exposures name it. Costs next to nothing."""
    now = standing()
    if not now.experiments and not now.shipped:
        return NOTHING
    kind = KIND_OF.get(surface, surface)
    steps = {layer: step for layer, surfaces, step in now.shipped if kind in surfaces}
    rival: dict[str, Step] = {}
    for one in now.experiments:
        if kind in one.surfaces and (place := one.arm_of(listener)) is not None:
            if one.kind == "interleaving" and listener.pk not in one.tried:
                _put(steps, one.layer, one.arms[0].step)
                rival = dict(steps)
                _put(rival, one.layer, one.arms[1].step)
            else:
                _put(steps, one.layer, one.arms[place].step)
    return _made(steps, rival)


def _put(steps: dict[str, Step], layer: str, step: Step) -> None:
    """What a variant does takes the place of what its layer does for all; "default" leaves that."""
    if step.recipe != "default":
        steps[layer] = step


def _made(steps: dict[str, Step], rival: dict[str, Step]) -> Plan:
    def ordered(some: dict[str, Step]) -> tuple[Step, ...]:
        return tuple(some[layer] for layer in sorted(some))

    return Plan(ordered(steps), ordered(rival) if rival else None) if steps or rival else NOTHING


# -- who saw it ----------------------------------------------------------------------------------------------------------

_noted: set[tuple[int, int]] = set()


def saw(listener: Listener, surface: str) -> None:
    """Note, once, that a listener was shown what a variant made. Not for private sessions: ask that before."""
    now = standing()
    if not now.experiments or (kind := KIND_OF.get(surface)) is None:
        return
    new = []
    for one in now.experiments:
        if not one.running or kind not in one.surfaces or listener.pk in one.tried or (one.id, listener.pk) in _noted:
            continue
        if (place := one.arm_of(listener)) is not None:
            new.append(Seen(
                experiment_id=one.id, listener_id=listener.pk, variant_id=one.arms[place].id, time_ms=clock.now_ms()
            ))  # fmt: skip
    if new:
        _write(new)


def _write(new: list[Seen]) -> None:
    try:
        with transaction.atomic():
            Seen.objects.bulk_create(new, ignore_conflicts=True)
    except DatabaseError as error:
        # What is shown does not wait for it: the next page is noted instead.
        log.warning("seen_not_noted", problem=type(error).__name__)
        return
    if len(_noted) > _MOST_NOTED:
        _noted.clear()
    _noted.update((one.experiment_id, one.listener_id) for one in new)


# -- what is known of the experiments --------------------------------------------------------------------------------------

_lock = threading.Lock()
_standing: tuple[float, Standing] | None = None


def standing() -> Standing:
    """The experiments as they were a moment ago."""
    global _standing  # noqa: PLW0603
    found = _standing
    if found is not None and time.monotonic() - found[0] < KEPT_S:
        return found[1]
    with _lock:
        if _standing is None or time.monotonic() - _standing[0] >= KEPT_S:
            _standing = (time.monotonic(), _read())
        return _standing[1]


def forget() -> None:
    """Read the experiments anew when next asked, and who saw them."""
    global _standing  # noqa: PLW0603
    with _lock:
        _standing = None
    _noted.clear()


def _read() -> Standing:
    tried: dict[int, list[Allowed]] = {}
    for allowed in Allowed.objects.filter(experiment__state__in=(DRAFT, RUNNING)):
        tried.setdefault(allowed.experiment_id, []).append(allowed)
    rows = Experiment.objects.filter(state__in=(DRAFT, RUNNING)).prefetch_related("variants").order_by("pk")
    found = [_known(row, tried.get(row.pk, [])) for row in rows if row.state == RUNNING or row.pk in tried]
    held: dict[str, tuple[str, frozenset[str], Step]] = {}
    for shipped in Shipped.objects.filter(until_ms=None).order_by("since_ms", "pk"):
        held[shipped.layer] = (
            shipped.layer, frozenset(shipped.surfaces), step_of(shipped.recipe, shipped.parameters)
        )  # fmt: skip
    return Standing(tuple(found), tuple(held.values()))


def _known(row: Experiment, tried: list[Allowed]) -> Known:
    variants: list[Variant] = list(row.variants.all())
    places = {variant.pk: place for place, variant in enumerate(variants)}
    arms = tuple(Arm(one.pk, one.share, step_of(one.recipe, one.parameters)) for one in variants)
    return Known(
        row.pk, row.kind, row.layer, frozenset(row.surfaces), row.start, row.share, frozenset(row.countries),
        row.started_ms if row.new_only else None, row.state == RUNNING, arms,
        {one.listener_id: places[one.variant_id] for one in tried},
    )  # fmt: skip


def step_of(recipe: str, parameters: dict[str, float]) -> Step:
    """A recipe with its parameters, as a plan has it."""
    return Step(recipe, tuple(sorted(parameters.items())))

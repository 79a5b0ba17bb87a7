"""What tests of experiments share: an Engine of the demo world, and experiments."""

import pytest

from segue.web.experiments import assignment
from segue.web.experiments.deciding import NewExperiment, NewVariant, define, start
from tests.web.discovery.conftest import _nothing_is_kept, engine, fan, listened, music, taste  # noqa: F401


@pytest.fixture(autouse=True)
def _no_experiments_are_kept():
    """What a process knows is of experiments of other tests."""
    assignment.forget()
    yield
    assignment.forget()


@pytest.fixture
def running(db):
    """Begins an experiment between recipes, the first the control, and gives it."""

    def begin(*recipes, name="Tried", **more):
        variants = tuple(NewVariant(chr(97 + place), 1 / len(recipes), recipe) for place, recipe in enumerate(recipes))
        about = {
            "surfaces": ("recommendations", "home", "discover-weekly", "station"),
            "primary": "listen-through",
        } | more
        made = define(NewExperiment(name=name, hypothesis="It is better.", variants=variants, **about), None)
        start(made, None)
        return made

    return begin

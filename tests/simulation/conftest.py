import pytest

from segue.simulation.world import make_world


@pytest.fixture(scope="session")
def world():
    return make_world(seed=3, scale=0.05, weeks=6)

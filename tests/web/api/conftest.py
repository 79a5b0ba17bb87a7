"""What tests of the API share."""

import pytest

from tests.web.api import toys as addresses


@pytest.fixture
def toys(settings):
    """The API with the operations of `toys.py`, and how often they were done."""
    settings.ROOT_URLCONF = "tests.web.api.toys"
    addresses.done.clear()
    addresses.working.clear()
    addresses.go_on.clear()
    yield addresses
    addresses.go_on.set()

from collections.abc import Iterator

import pytest

from tests.sources.online.fake import Fake, Time, serving


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as service:
        yield service


@pytest.fixture
def time() -> Time:
    return Time()

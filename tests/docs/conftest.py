"""The page on the API is walked on the service of its own tests."""

from tests.web.conftest import catalogue, demo_library, snapshot, user

__all__ = ["catalogue", "demo_library", "snapshot", "user"]

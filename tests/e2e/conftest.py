import pytest


@pytest.fixture(scope="session")
def browser(real_browser):
    """The browser that pages are opened in."""
    return real_browser

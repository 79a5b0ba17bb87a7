"""A real browser: Debian's chromium, driven by playwright."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def browser():
    """The browser; without one tests are skipped, saying what to install, but fail where `CI` is set."""
    chromium = shutil.which("chromium")
    if chromium is None:
        lack = "no chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(lack)
        pytest.skip(lack)
    # Playwright runs a loop in this thread until the end; the database is used between its calls, never within.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()

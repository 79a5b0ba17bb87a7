"""A real browser for all tests: Debian's chromium, driven by playwright. A pytest plugin.

One for each process of a run: playwright's loop runs in its thread until the end, and lets no second one begin.
"""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def real_browser():
    """The browser; without one tests are skipped, saying what to install, but fail where `CI` is set."""
    chromium = shutil.which("chromium")
    if chromium is None:
        lack = "no chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(lack)
        pytest.skip(lack)
    # The database is used between playwright's calls, never within.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()

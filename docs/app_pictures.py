"""Pictures of the app for the README: it is used as a listener would, and photographed. Part of `make docs`."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

QUALITY = 88
_SHEET = """<!doctype html><style>
body { margin: 0; display: grid; grid-template-columns: repeat(4, 300px); gap: 24px; padding: 24px; width: max-content; }
body { background: #efe8de; }
img { width: 300px; height: 649px; border-radius: 22px; display: block; }
</style>"""


def photographs(address: str, folder: Path) -> None:
    """The app at an address where one is signed in as staff: `home.jpg` and `dashboard.jpg`, a desk; `phones.jpg`, four moments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        _desk(browser, address, folder / "home.jpg")
        _dashboard(browser, address, folder / "dashboard.jpg")
        shots = _phones(browser, address)
        sheet = browser.new_page(viewport={"width": 1344, "height": 697})
        pictures = (f'<img src="data:image/jpeg;base64,{base64.b64encode(shot).decode()}" alt="">' for shot in shots)
        sheet.set_content(_SHEET + "".join(pictures))
        sheet.screenshot(path=folder / "phones.jpg", type="jpeg", quality=QUALITY, full_page=True)
        browser.close()


def _desk(browser: Any, address: str, file: Path) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
    tab.goto(address)
    _play(tab)
    tab.screenshot(path=file, type="jpeg", quality=QUALITY)
    tab.close()


def _dashboard(browser: Any, address: str, file: Path) -> None:
    """The overview, once a worker has made its numbers."""
    tab = browser.new_page(viewport={"width": 1280, "height": 1100}, color_scheme="light")
    for _ in range(60):
        tab.goto(f"{address}/staff/overview/")
        if tab.locator(".plot").count():
            break
        tab.wait_for_timeout(2_000)
    tab.wait_for_selector(".plot .main-svg")
    tab.wait_for_timeout(1_500)
    tab.screenshot(path=file, type="jpeg", quality=QUALITY)
    tab.close()


def _phones(browser: Any, address: str) -> list[bytes]:
    """Home, what plays, why it does, and one's taste: on a phone, in the dark."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True, device_scale_factor=1.5
    )
    tab = context.new_page()
    tab.goto(address)
    _play(tab)
    shots = [_shot(tab)]
    tab.locator('#player [data-act="full"]').click()
    tab.wait_for_timeout(1_200)
    shots.append(_shot(tab))
    tab.locator('#playing [data-act="full"]').click()
    tab.wait_for_timeout(600)
    tab.locator("#for-you button.why").first.click()
    tab.wait_for_selector("#drawer[open] .owes")
    tab.wait_for_timeout(500)
    shots.append(_shot(tab))
    tab.goto(f"{address}/taste/")
    tab.wait_for_timeout(1_500)
    shots.append(_shot(tab))
    context.close()
    return shots


def _play(tab: Page) -> None:
    """Play the first thing on the page, and wait until it does."""
    tab.wait_for_selector("#for-you .track")
    tab.locator("main [data-play-from], main [data-play-all], main [data-play]").first.click()
    tab.wait_for_selector("body.sounds:not(.waits) #player:not([hidden])")
    tab.wait_for_timeout(8_000)


def _shot(tab: Page) -> bytes:
    return tab.screenshot(type="jpeg", quality=QUALITY)

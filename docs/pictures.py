"""Makes the README's pictures: runs the commands and draws what they print. Part of `make docs`."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import rich._export_format
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

from docs.app_pictures import photographs

HERE = Path(__file__).parent / "pictures"
WIDTH = 104
# As rich draws it, without the font it would have viewers fetch.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", rich._export_format.CONSOLE_SVG_FORMAT, flags=re.DOTALL)
LIKED = 3


def run(home: str, *arguments: str) -> str:
    """What a command prints."""
    environment = {**os.environ, "SEGUE_HOME": home, "COLUMNS": str(WIDTH), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "segue.cli.main", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    return done.stdout.replace(home, "~/segue")


def draw(name: str, title: str, text: str) -> None:
    """A terminal that shows the text."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text(text.rstrip("\n")))
    HERE.mkdir(exist_ok=True)
    svg = console.export_svg(title=title, code_format=FORMAT, unique_id="segue")
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")


def photograph(name: str, address: str, section: str) -> None:
    """A section of a page as a browser shows it, a screen of it at most."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1100, "height": 900})
        tab.goto(address)
        shown = tab.locator(section).first
        shown.scroll_into_view_if_needed()
        tab.wait_for_timeout(3_000)
        box = shown.bounding_box() or {}
        box["height"] = min(box["height"], 900)
        tab.screenshot(path=HERE / f"{name}.png", clip=box)
        browser.close()


@contextmanager
def serving(home: str) -> Iterator[str]:
    """The demo, served: its address."""
    environment = {**os.environ, "SEGUE_HOME": home, "COLUMNS": str(WIDTH), "NO_COLOR": "1"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "segue.cli.main", "demo", "--serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            until, ready = time.monotonic() + 300, False
            while not ready and time.monotonic() < until:
                time.sleep(0.5)
                with suppress(OSError), urllib.request.urlopen(f"http://localhost:{port}/readyz") as answer:
                    ready = answer.status == 200
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


def main() -> None:
    """Draw them all, from the demo world."""
    with tempfile.TemporaryDirectory() as home:
        shown = run(home, "demo", "--compare")
        draw("demo", "segue demo --compare", shown)
        artists = list(dict.fromkeys(re.findall(r"^ +\d+\. (.+?) - ", shown, flags=re.MULTILINE)))[:LIKED]
        likes = [option for artist in artists for option in ("--like", artist)]
        asked = " ".join(f'--like "{artist}"' for artist in artists)
        found = run(home, "recommend", *likes, "--why", "-n", "8")
        draw("recommend", "segue recommend", f"$ segue recommend {asked} --why -n 8\n\n{found}")
        alike = run(home, "similar", artists[0], "--why", "-n", "4")
        draw("similar", "segue similar", f'$ segue similar "{artists[0]}" --why -n 4\n\n{alike}')
        page = Path(home) / "report.html"
        run(home, "explore", "--html", str(page))
        photograph("explore", page.as_uri(), "#track-map")
        with serving(home) as address:
            photographs(address, HERE)


if __name__ == "__main__":
    main()

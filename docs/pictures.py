"""Makes the README's pictures: runs the commands and draws what they print. Part of `make docs`."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import rich._export_format
from rich.console import Console
from rich.text import Text

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


def main() -> None:
    """Draw them all, from the demo world."""
    with tempfile.TemporaryDirectory() as home:
        shown = run(home, "demo")
        draw("demo", "make demo", shown)
        artists = list(dict.fromkeys(re.findall(r"^ +\d+\. (.+?) - ", shown, flags=re.MULTILINE)))[:LIKED]
        likes = [option for artist in artists for option in ("--like", artist)]
        asked = " ".join(f'--like "{artist}"' for artist in artists)
        found = run(home, "recommend", *likes, "--why", "-n", "8")
        draw("recommend", "segue recommend", f"$ segue recommend {asked} --why -n 8\n\n{found}")


if __name__ == "__main__":
    main()

"""What the documentation says is what the code does."""

import re
from pathlib import Path

import pytest

from docs.build import pages

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["library.md", "formats.md", "models.md", "commands.md", "audio.md"])
def test_reference_pages_are_what_make_docs_writes(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert (ROOT / "docs" / name).read_text() == pages()[name], "run make docs"


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102
    assert capsys.readouterr().out.count("because of") == 5


def test_links_in_the_pages_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"

"""What the documentation says is what the code does."""

import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import pytest

import segue.cli.commands
from docs.build import pages
from segue.engine.request import Controls, Request
from segue.mixes.registry import products
from segue.mixes.vocabulary import VOCABULARY
from segue.ranking.diversity import Rules

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["library.md", "formats.md", "models.md", "commands.md", "audio.md"])
def test_reference_pages_are_what_make_docs_writes(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert (ROOT / "docs" / name).read_text() == pages()[name], "run make docs"


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102
    assert capsys.readouterr().out.count("because you") == 5


def test_the_python_of_the_page_on_the_engine_runs(tmp_path, monkeypatch, capsys):
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "engine.md").read_text(), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "engine.md", "exec"), {"__name__": "engine"})  # noqa: S102
    assert capsys.readouterr().out.count(" by ") >= 5


def test_the_page_on_the_engine_names_all_that_can_be_asked():
    page = (ROOT / "docs" / "engine.md").read_text()
    for asked in (Request, Controls, Rules):
        for field in fields(asked):
            assert f"`{field.name}`" in page, f"docs/engine.md does not say what {asked.__name__}.{field.name} is"


def test_the_page_on_mixes_has_every_product_and_every_word():
    page = (ROOT / "docs" / "mixes.md").read_text()
    for name, made in products().items():
        assert f"### {name}\n" in page, f"docs/mixes.md does not say what {name} is"
        assert made.title
    words = {word for row in re.findall(r"^\| (.+) \| .+ \|$", page, flags=re.MULTILINE) for word in row.split(", ")}
    assert set(VOCABULARY) == words - {"words"}


def test_every_command_stands_in_the_pages():
    page = (ROOT / "docs" / "commands.md").read_text()
    for module in pkgutil.iter_modules(segue.cli.commands.__path__):
        assert f"## segue {module.name.strip('_')}\n" in page


def test_links_in_the_pages_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"

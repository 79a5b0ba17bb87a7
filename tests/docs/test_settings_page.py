"""Every variable of the environment that the code reads stands on the page of settings."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from docs.build import pages
from segue.sources.online.settings import OnlineSettings
from segue.web.environment import VARIABLES

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "segue"
ONLINE = {one.metadata["variable"]: one.default for one in fields(OnlineSettings)}
READ_BY_NAME_ELSEWHERE = {
    "web/environment.py": "its table names them",
    "sources/online/settings.py": "its fields name them, and are looked at below",
    "scanning/work.py": "puts variables back as they were",
}
"""Files in which a variable is read whose name does not stand there, and why that is well."""


def reads(tree: ast.Module) -> Iterator[ast.expr]:
    """The name of each variable that is read or asked for: os.environ[…], .get, .setdefault, `in`, getenv, environment.text(…)."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=where, slice=name) if is_environ(where):
                yield name
            case ast.Compare(left=name, ops=[ast.In() | ast.NotIn()], comparators=[where]) if is_environ(where):
                yield name
            case ast.Call(func=ast.Attribute(value=where, attr="get" | "setdefault" | "pop"), args=[name, *_]):
                if is_environ(where):
                    yield name
            case ast.Call(func=ast.Attribute(attr="getenv") | ast.Name(id="getenv"), args=[name, *_]):
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="environment"), attr="text" | "number" | "flag"), args=[name, *_]
            ):
                yield name


def is_environ(node: ast.expr) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) == "environ"


def pattern(name: ast.expr) -> str | None:
    """What the name of a variable may be: itself; for an f-string, what it may become."""
    if isinstance(name, ast.Constant):
        return re.escape(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else "[A-Z_]+" for part in name.values)
    return None


def loops(name: ast.expr, tree: ast.Module) -> set[str]:
    """The names that a loop goes through, where they stand beside it or in a constant of the module."""
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(name, ast.Name) and ast.unparse(node.target) == name.id:
            over = constants.get(getattr(node.iter, "id", ""), node.iter)
            found |= {one.value for one in getattr(over, "elts", ()) if isinstance(one, ast.Constant)}
    return found


def on_the_page() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_0-9]+)` \|", (ROOT / "docs" / "settings.md").read_text(), flags=re.MULTILINE))


def test_what_is_read_of_the_environment_stands_on_the_page():
    page = on_the_page()
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        for name in reads(tree):
            where, may_be, named = f"{file.relative_to(ROOT)}:{name.lineno}", pattern(name), loops(name, tree)
            if may_be is not None:
                assert any(re.fullmatch(may_be, one) for one in page), (
                    f"{where} reads {may_be}: name it in environment.py"
                )
            elif named:
                assert named <= page, f"{where} reads {named - page}: name it in environment.py"
            else:
                assert str(file.relative_to(SOURCE)) in READ_BY_NAME_ELSEWHERE, f"{where}: which variables are these?"


def test_the_variables_of_the_services_that_are_asked_stand_on_the_page_with_their_defaults():
    assert ONLINE.keys() <= on_the_page()
    assert {name: VARIABLES[name].default for name in ONLINE} == ONLINE


def test_the_page_has_every_variable_with_an_example_and_is_what_make_docs_writes():
    assert on_the_page() == set(VARIABLES)
    for variable in VARIABLES.values():
        assert variable.example, f"{variable.name} has no example"
        assert variable.meaning.endswith((".", ")")), f"{variable.name}: say it in a sentence"
    assert (ROOT / "docs" / "settings.md").read_text() == pages()["settings.md"], "run make docs"


def test_a_variable_that_is_not_on_the_page_would_be_seen():
    code = "import os\nA = ('X_ONE', 'X_TWO')\nfor one in A: os.environ.pop(one)\n'B' in os.environ\nenvironment.flag('C')\n"
    tree = ast.parse(code + "os.environ['D']\nos.getenv('E')\nenvironment.text(f'F_{a}_G')\n")
    assert [pattern(name) for name in reads(tree) if pattern(name)] == ["B", "C", "D", "E", "F_[A-Z_]+_G"]
    assert set.union(*(loops(name, tree) for name in reads(tree))) == {"X_ONE", "X_TWO"}

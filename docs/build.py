"""Writes the reference pages from the code: `make docs`. A test fails when a page is not what the code says.

`python -m docs.build settings.md api.md` writes these pages only, and draws no pictures.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
import typer
from typer.main import get_command

from docs import pictures
from segue import sources
from segue.cli.main import app, commands
from segue.features.audio import DEFINITIONS
from segue.library import TABLES
from segue.recommenders.registry import parameters_of, rating_predictors, recommenders
from segue.web.environment import VARIABLES, Variable

HERE = Path(__file__).parent
WEB = HERE.parent / "src" / "segue" / "web"


def pages() -> dict[str, str]:
    """Each page by file name."""
    return {"library.md": _library(), "formats.md": _formats(), "models.md": _models(), "commands.md": _commands(),
            "audio.md": _audio(), "settings.md": _settings(), "api.md": _api()}  # fmt: skip


def _library() -> str:
    parts = [
        "# The Library's tables\n",
        "In memory these are Polars frames; on disk, one Parquet file each, named by `library.json`. Columns that are not",
        "marked required may be null.\n",
    ]
    for table in TABLES.values():
        key = f" One row per {', '.join(table.key)}." if table.key else ""
        parts += [f"## {table.name}\n", f"{table.meaning}{key}\n", "| column | type | meaning |", "|---|---|---|"]
        for column in table.columns:
            notes = [column.meaning]
            if column.required:
                notes.append("required")
            if column.unit:
                notes.append(f"unit: {column.unit}")
            if column.minimum is not None or column.maximum is not None:
                low = "" if column.minimum is None else f"{column.minimum:g}"
                high = "" if column.maximum is None else f"{column.maximum:g}"
                notes.append(f"{low}..{high}")
            if column.values:
                notes.append(f"one of {', '.join(column.values)}")
            if column.refers_to:
                notes.append(f"in `{column.refers_to}`")
            parts.append(f"| `{column.name}` | {_plain(column.dtype)} | {'; '.join(notes)} |")
        parts.append("")
    return "\n".join(parts)


def _audio() -> str:
    parts = [
        "# What is heard in audio\n",
        "`segue scan` measures these for every track. Tempo, key and loudness are measurements; the others are estimates, made",
        "from the measures named by fixed rules, not learned from listeners. Levels do not count, except for loudness: a quiet",
        "copy of a recording gets the same values as a loud one.\n",
        "| feature | range | unit | what it means | what it is made from |",
        "|---|---|---|---|---|",
    ]
    for one in DEFINITIONS:
        low, high = (("" if end is None else f"{end:g}") for end in (one.minimum, one.maximum))
        parts.append(f"| {one.name} | {low}..{high} | {one.unit or ''} | {one.meaning} | {one.measured_from} |")
    return "\n".join(parts) + "\n"


def _plain(dtype: object) -> str:
    text = str(dtype)
    if text.startswith("List(Struct"):
        return "list of {tag, weight}"
    names = {
        "String": "text", "Categorical": "text (encoded)", "List(String)": "list of text",
        "List(Float32)": "list of float32", "Date": "date", "Boolean": "true or false",
    }  # fmt: skip
    return names.get(text, "time (ms, UTC)" if text.startswith("Datetime") else text.lower())


def _formats() -> str:
    rows = [f"| `{name}` | {source.title} |" for name, source in sources.readers().items()]
    return "\n".join(
        [
            "# Formats that `segue import` reads\n",
            "The format is found by looking at the file; `--format NAME` says it. Rows that cannot be read are written to a",
            "file below `rejects/` in the home, with file, line and why; the rest is imported.\n",
            "| name | what |", "|---|---|", *rows, "",
        ]
    )  # fmt: skip


def _models() -> str:
    parts = ["# Models\n", "Parameters can be set with `--set MODEL.PARAMETER=VALUE`.\n"]
    for heading, offered in (("Recommenders", recommenders()), ("Rating predictors", rating_predictors())):
        parts.append(f"## {heading}\n")
        for name, model in offered.items():
            defaults = ", ".join(f"{key} {value}" for key, value in parameters_of(model()).items())
            parts += [f"### {name}\n", f"{inspect.getdoc(model)}\n", f"Defaults: {defaults or 'none'}.\n"]
    return "\n".join(parts)


def _commands() -> str:
    commands()
    group = get_command(app)
    parts = ["# Commands\n", "All take `--home DIR` (default `$SEGUE_HOME`, else the user data folder). Progress goes to",
             "standard error. Exit status: 0 done, 1 failed (one line says why), 2 bad usage.\n"]  # fmt: skip
    for name, command in _every("segue", group):
        context = typer.Context(command, info_name=name, terminal_width=100, max_content_width=100)
        parts += [f"## {name}\n", "```", command.get_help(context).strip(), "```", ""]
    return "\n".join(parts)


def _every(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Every command below a group by its whole name, groups of commands before their own."""
    for word, command in sorted(group.commands.items()):
        yield f"{name} {word}", command
        if hasattr(command, "commands"):
            yield from _every(f"{name} {word}", command)


def _settings() -> str:
    parts = [
        "# Settings\n",
        "Segue is set up by environment variables. All may be left out: `segue serve` then runs on SQLite and files in the home.",
        "A value that makes no sense ends the start with one line that names the variable. Values marked secret are never",
        "logged or shown. Flags are 1 or 0 (`yes`, `no`, `true`, `false`, `on` and `off` do, too).\n",
        "Of each variable of the service that is secret, the name with `_FILE` after it names a file that holds its value instead",
        "(`SEGUE_SECRET_KEY_FILE=/run/secrets/key`), as containers have their secrets. The keys under",
        '"Services that are asked" are read from the environment only.\n',
    ]
    for group in dict.fromkeys(variable.group for variable in VARIABLES.values()):
        parts += [f"## {group}\n", "| variable | what it does | default | example |", "|---|---|---|---|"]
        parts += [_setting(variable) for variable in VARIABLES.values() if variable.group == group]
        parts.append("")
    return "\n".join(parts)


def _setting(variable: Variable) -> str:
    default = f"`{variable.default}`" if variable.default else "empty"
    secret = " Secret." if variable.secret else ""
    return f"| `{variable.name}` | {variable.meaning}{secret} | {default} | `{variable.example}` |"


# -- the API: its page is written by hand but for two tables -------------------------------------------------------------


def _api() -> str:
    text = (HERE / "api.md").read_text(encoding="utf-8")
    for name, table in (("operations", _operations()), ("problems", _problems())):
        begin, end = f"<!-- {name}: written by make docs -->\n", f"<!-- end of {name} -->\n"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = head + begin + table + end + tail
    return text


def _operations() -> str:
    """Every operation, as the OpenAPI document has it."""
    document = _openapi()
    rows: dict[str, list[str]] = {
        tag["name"]: [f"**{tag['name']}**: {tag['description']}\n"] for tag in document["tags"]
    }
    for about in rows.values():
        about += ["| | scope | |", "|---|---|---|"]
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            scope = ", ".join(one["security"][0]["token"])
            headers = {parameter["name"] for parameter in one.get("parameters", ())}
            notes = "; costly" * one.get("x-costly", False) + "; `Idempotency-Key`" * ("Idempotency-Key" in headers)
            address = path.removeprefix("/api/v1")
            rows[one["tags"][0]].append(f"| `{method.upper()} {address}` | {scope} | {one['summary']}{notes} |")
    return "\n".join(["", *("\n".join([*about, ""]) for about in rows.values())])


def _openapi() -> dict[str, Any]:
    """The OpenAPI document, from the bytes that are sent."""
    import django  # noqa: PLC0415

    # Settings make a folder and a key where the home is.
    with tempfile.TemporaryDirectory() as home:
        if "DJANGO_SETTINGS_MODULE" not in os.environ:
            os.environ |= {"DJANGO_SETTINGS_MODULE": "segue.web.settings", "SEGUE_HOME": home}
        django.setup()
        from segue.web.api.api import make  # noqa: PLC0415

        document: dict[str, Any] = orjson.loads(orjson.dumps(make().get_openapi_schema()))
        return document


ANY = 0
_PROBLEMS = {
    "at-work": "The first request with that `Idempotency-Key` is still being answered: wait as `Retry-After` says.",
    "bad-request": "The values cannot be together, or name what is not there; `detail` says which.",
    "busy": "409: something else is at it. 503: the database did not answer in time. Try again soon.",
    "confirm": "What should confirm an erasure is not the address of the account; nothing was erased.",
    "content-type": "The body is of another kind than is read; `Accept` says which is.",
    "csrf": "A session changes something without its `X-CSRFToken`.",
    "cursor": "The cursor is not one of this list.",
    "empty": "There is nothing in it to work on.",
    "failed": "Nobody foresaw it. The log says what it was, under `request_id`.",
    "form": "The body is no form, or was cut off.",
    "http": "The request is not as HTTP wants it.",
    "idempotency-key": "The key was used for another request, or cannot be one.",
    "if-match": "`If-Match` is no version of a playlist, or the body says another.",
    "invalid": "Values do not fit; `errors` has `where` and `what` of each.",
    "json": "The body is no JSON; `detail` says line and column.",
    "limit": "429: too many requests; wait as `Retry-After` says. 422: a page of more than 200.",
    "method": "The address does not take that method; `Allow` says which it takes.",
    "no-snapshot": "No recommendations yet: nothing was trained. Wait as `Retry-After` says.",
    "not-equipped": "The service lacks what that needs; `detail` says what to install.",
    "not-found": "There is no such thing, or it is somebody else's.",
    "not-kept": "What was made could not be written: the disk takes no more.",
    "number": "A whole number does not fit into 64 bits.",
    "scope": "The token lacks the scope, or would give what it does not have.",
    "signed-out": "Neither a token nor a session.",
    "text": "A text with what cannot be stored: U+0000, or half a character.",
    "token": "The token is unknown, withdrawn or has expired.",
    "too-large": "The body is too large: send it in parts.",
    "too-many": "There is no room for one more; take one away first.",
    "unknown-track": "A track of a playlist is not in the catalogue.",
    "version": "The playlist was changed meanwhile; `version` is what it has now.",
}


def _problems() -> str:
    """Every type of problem, with the statuses it comes with."""
    statuses: dict[str, set[int]] = {}
    for status, kind in problems():
        statuses.setdefault(kind, set()).add(status)
    rows = [
        f"| `{kind}` | {', '.join(str(status or 'any') for status in sorted(statuses[kind]))} | {_PROBLEMS[kind]} |"
        for kind in sorted(statuses)
    ]
    return "\n".join(["", "| type | status | what it means |", "|---|---|---|", *rows, "", ""])


def problems() -> Iterator[tuple[int, str]]:
    """Status (or `ANY`) and kind of every problem that is made somewhere in the service's code."""
    for file in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                values = [one.value if isinstance(one, ast.Constant) else None for one in node.args[:2]]
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
                values = [one.value if isinstance(one, ast.Constant) else None for one in node.elts]
            else:
                continue
            match values:
                case [int(status), str(kind)] if status in set(HTTPStatus):
                    yield status, kind
                case [None, str(kind)] if isinstance(node, ast.Call):
                    yield ANY, kind


def main() -> None:
    """Write the pages, and draw the pictures of the README; or write only the pages that are named."""
    os.environ["COLUMNS"] = "100"
    named = sys.argv[1:]
    for name, text in pages().items():
        if not named or name in named:
            (HERE / name).write_text(text, encoding="utf-8")
    if not named:
        pictures.main()


if __name__ == "__main__":
    main()

"""Writes the reference pages from the code: `make docs`. A test fails when a page is not what the code says."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import typer
from typer.main import get_command

from docs import pictures
from segue import sources
from segue.cli.main import app, commands
from segue.features.audio import DEFINITIONS
from segue.library import TABLES
from segue.recommenders.registry import parameters_of, rating_predictors, recommenders

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """Each page by file name."""
    return {"library.md": _library(), "formats.md": _formats(), "models.md": _models(), "commands.md": _commands(),
            "audio.md": _audio()}  # fmt: skip


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
    for name in sorted(group.commands):  # type: ignore[attr-defined]
        command = group.commands[name]  # type: ignore[attr-defined]
        context = typer.Context(command, info_name=f"segue {name}", terminal_width=100, max_content_width=100)
        parts += [f"## segue {name}\n", "```", command.get_help(context).strip(), "```", ""]
    return "\n".join(parts)


def main() -> None:
    """Write the pages, and draw the pictures of the README."""
    os.environ["COLUMNS"] = "100"
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
    pictures.main()


if __name__ == "__main__":
    main()

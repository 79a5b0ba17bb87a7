"""Options that several commands take, and how their values are read."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from segue.library.interactions import LEVELS, Level

LevelOption = Annotated[str | None, typer.Option("--level", help="What is recommended: track, release or artist.")]
SnapshotOption = Annotated[str | None, typer.Option("--snapshot", help="Another snapshot than the current one.")]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Another model than the snapshot's own: content or kmeans (by what items are like)."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A model's parameter, as MODEL.PARAMETER=VALUE; may be given several times."),
]


def parse_level(value: str | None) -> Level | None:
    """A level by name; None stays None. Raises a usage error for another name."""
    if value is not None and value not in LEVELS:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(LEVELS)}", param_hint="--level")
    return value


def parse_country(value: str | None) -> str | None:
    """A country's code, in capitals; None stays None. Raises a usage error for what is none."""
    if value is not None and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise typer.BadParameter(f"{value!r} is not a two-letter code such as SE", param_hint="--country")
    return None if value is None else value.upper()


def parse_settings(settings: list[str] | None) -> dict[str, dict[str, Any]]:
    """`MODEL.PARAMETER=VALUE` texts as parameters by model; values are JSON, or else text."""
    found: dict[str, dict[str, Any]] = {}
    for text in settings or []:
        name, separator, value = text.partition("=")
        model, dot, parameter = name.partition(".")
        if not (separator and dot and model and parameter):
            raise typer.BadParameter(f"{text!r} is not MODEL.PARAMETER=VALUE", param_hint="--set")
        try:
            found.setdefault(model, {})[parameter] = json.loads(value)
        except ValueError:
            found.setdefault(model, {})[parameter] = value
    return found


def parameters_for(model: str, settings: list[str] | None) -> dict[str, Any]:
    """The parameters given for one model; a usage error when another model is named."""
    parsed = parse_settings(settings)
    others = set(parsed) - {model}
    if others:
        raise typer.BadParameter(f"{sorted(others)[0]!r} is not the model asked for ({model})", param_hint="--set")
    return parsed.get(model, {})

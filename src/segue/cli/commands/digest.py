"""`segue digest`: the weekly letter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.context import HomeOption, JsonOption, answer, page_option, say
from segue.errors import BadRequest, NotFound
from segue.home import Home
from segue.web.setup import set_up


def command(
    preview: Annotated[
        str | None,
        typer.Option("--preview", metavar="LISTENER", help="Show the letter of a listener, by id or address."),
    ] = None,
    week: Annotated[str | None, typer.Option("--week", help="Of which week, as 2026-W47 (default: this one).")] = None,
    html: Annotated[Path | None, page_option("Write the letter as a page to this file.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Show the text part (what is shown without --html).")] = False,  # noqa: FBT002
    send_due: Annotated[  # noqa: FBT002
        bool, typer.Option("--send-due", help="Send the letters that are due now, as the worker does every hour.")
    ] = False,
    late: Annotated[  # noqa: FBT002
        bool, typer.Option("--late", help="With --send-due: also those whose Monday morning was more than a day ago.")
    ] = False,
    bounces: Annotated[
        Path | None,
        typer.Option("--bounces", help="Read delivery reports: an mbox file, a Maildir or a folder of messages."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """The weekly letter: look at one, send those that are due, or read what came back."""
    if sum((preview is not None, send_due, bounces is not None)) != 1:
        raise BadRequest("say one of --preview LISTENER, --send-due and --bounces PATH")
    set_up(Home.at(home))
    if preview is not None:
        _preview(preview, week, html, json, text=text)
    elif send_due:
        _send(json, late=late)
    elif bounces is not None:
        _read(bounces, json)


def _preview(name: str, week: str | None, html: Path | None, json: Path | None, *, text: bool) -> None:
    from segue.web.digest.preview import preview  # noqa: PLC0415

    letter = preview(name, week)
    if letter is None:
        raise NotFound(f"There is nothing to recommend to {name} yet: no letter would go out.")
    if html is not None:
        html.write_text(letter.with_pictures_inside(), encoding="utf-8")
    if not answer({"subject": letter.subject, "text": letter.text, "html": letter.html}, json) and (
        text or html is None
    ):
        say(f"{letter.subject}\n\n{letter.text}")


def _send(json: Path | None, *, late: bool) -> None:
    from segue.web.digest.sending import send_due  # noqa: PLC0415

    report = send_due(late=late).as_dict()
    if not answer(report, json):
        told = ", ".join(f"{number} {name}" for name, number in report.items() if number and name != "due")
        say(f"{report['due']} letters were due{': ' + told if told else ''}")


def _read(path: Path, json: Path | None) -> None:
    from segue.web.digest.bounces import read  # noqa: PLC0415

    found = read(path).as_dict()
    if not answer(found, json):
        came = f"{found['messages']} messages: {found['new']} letters came back that were not known to"
        say(f"{came}; {found['paused']} listeners get none any more")

"""`segue`: the composition root of the command line."""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import sys
from functools import cache
from typing import Annotated

import typer
from rich.console import Console

import segue
import segue.cli.commands  # nothing of its modules yet: who presses Ctrl-C while they load sees no traceback
from segue.errors import SegueError

app = typer.Typer(
    name="segue",
    help="Music recommendations with true reasons, for your own catalogue and listening history.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,  # noqa: FBT002
) -> None:
    """Set what all commands share. `--debug` is read in `main`, which also sees errors raised before this runs."""


@cache
def commands() -> None:
    """Register every module of `segue.cli.commands`, once: its `command` under the module's name (`import_` is `import`)."""
    for module in sorted(pkgutil.iter_modules(segue.cli.commands.__path__), key=lambda info: info.name):
        loaded = importlib.import_module(f"segue.cli.commands.{module.name}")
        if isinstance(getattr(loaded, "group", None), typer.Typer):
            app.add_typer(loaded.group, name=module.name.strip("_"))
        else:
            app.command(module.name.strip("_"))(loaded.command)


def main(arguments: list[str] | None = None) -> None:
    """Run a command: exit status 0 done, 1 failed (one line says why), 2 bad usage, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        typer.echo(f"segue {segue.__version__}")
        return
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal does not know is no reason to end.
            stream.reconfigure(errors="replace")
    if (strange := next((text for text in arguments if not _is_unicode(text)), None)) is not None:
        shown = os.fsencode(strange).decode("utf-8", "backslashreplace")
        _complain(f"{shown}: is not UTF-8; rename what it names")
        sys.exit(2)
    try:
        commands()
        app(arguments)
    except (SegueError, OSError) as error:
        if "--debug" in arguments:
            raise
        _complain(str(error) if isinstance(error, SegueError) else f"{error.filename or 'a file'}: {error.strerror}")
        sys.exit(1)
    except KeyboardInterrupt:
        _interrupted()
        sys.exit(130)
    except SystemExit as end:
        # Typer makes a silent exit of Ctrl-C; a command that has said what is kept ends with an exit of its own.
        if end.code == 130 and isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            _interrupted()
        raise


def _is_unicode(text: str) -> bool:
    """Whether it is text, and not bytes that the file system took for a name."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _complain(text: str) -> None:
    """One line on standard error, whatever a file name or a tag puts into it."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    Console(stderr=True).print(f"segue: {line}", style="red", highlight=False, markup=False, soft_wrap=True)


def _interrupted() -> None:
    Console(stderr=True).print("segue: interrupted; nothing was changed", highlight=False)


if __name__ == "__main__":
    main()

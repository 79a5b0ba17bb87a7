"""`segue`: the composition root of the command line."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Annotated

import typer

import segue
import segue.cli.commands
from segue.cli.context import progress_console
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


def _version(value: bool) -> None:  # noqa: FBT001
    if value:
        typer.echo(f"segue {segue.__version__}")
        raise typer.Exit


def commands() -> None:
    """Register every module of `segue.cli.commands`: its `command` under the module's name (`import_` is `import`)."""
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
        _version(value=True)
    commands()
    try:
        app(arguments)
    except (SegueError, OSError) as error:
        if "--debug" in arguments:
            raise
        text = str(error) if isinstance(error, SegueError) else f"{error.filename or 'a file'}: {error.strerror}"
        progress_console.print(f"segue: {text}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        progress_console.print("segue: interrupted; nothing was changed", highlight=False)
        sys.exit(130)


if __name__ == "__main__":
    main()

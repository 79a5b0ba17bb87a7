"""Everything that is held of a person, to take along: one JSON document, a CSV file for each table, and what they mean."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
from django.utils import timezone

from segue.web.accounts.models import User
from segue.web.accounts.personal_tables import TABLES, Table

__all__ = ["TABLES", "as_zip", "everything_of", "parts_of_zip"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ENOUGH = 64 * 1024
_README = """Everything that Segue holds of you, as of {now}.

everything.json holds all tables as one JSON document: an object with an array of rows for each table.
Each CSV file holds one table: UTF-8, separated by commas, the first line names the columns. Lists are written as JSON. A text
that a spreadsheet would take for a formula has an apostrophe before it. An empty cell means: not known.

Your password, the keys of tokens and the secrets of second factors are not here: Segue keeps only what is needed to check them.
"""


def everything_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every table that holds anything of a person, whole. For much listening, `as_zip` needs no memory."""
    return {table.name: list(table.rows(user)) for table in TABLES}


def as_zip(user: User, file: BinaryIO) -> None:
    """Write all of it into a file: `everything.json`, a CSV for each table, and `README.txt`."""
    for part in parts_of_zip(user):
        file.write(part)


def parts_of_zip(user: User) -> Iterator[bytes]:
    """The zip, piece by piece: no table is ever in memory as a whole."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as made:
        made.writestr("README.txt", readme())
        yield from _written(made, out, "everything.json", _json(user))
        for table in TABLES:
            yield from _written(made, out, f"{table.name}.csv", _csv(table, user))
    yield out.take()


def readme() -> str:
    """What each table and column means."""
    lines = [_README.format(now=timezone.now().strftime("%Y-%m-%d %H:%M UTC"))]
    for table in TABLES:
        width = max(len(column.name) for column in table.columns)
        lines += [f"\n{table.name}: {table.meaning}\n"]
        lines += [f"  {column.name:{width}}  {column.meaning}" for column in table.columns]
    return "\n".join(lines) + "\n"


class _Pipe(io.RawIOBase):
    """What is written, until it is taken."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep it."""
        self.held += data
        return len(data)

    def take(self) -> bytes:
        """What was written since."""
        taken = bytes(self.held)
        self.held.clear()
        return taken


def _written(made: zipfile.ZipFile, out: _Pipe, name: str, parts: Iterator[bytes]) -> Iterator[bytes]:
    with made.open(name, "w", force_zip64=True) as entry:
        for part in parts:
            entry.write(part)
            if len(out.held) >= _ENOUGH:
                yield out.take()
    yield out.take()


def _json(user: User) -> Iterator[bytes]:
    yield b"{"
    for place, table in enumerate(TABLES):
        yield b",\n" * (place > 0) + orjson.dumps(table.name) + b": ["
        for number, rows in enumerate(_some(table.rows(user))):
            yield b",\n" * (number > 0) + b",\n".join(map(orjson.dumps, rows))
        yield b"]"
    yield b"}\n"


def _csv(table: Table, user: User) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in table.columns])
    for rows in _some(table.rows(user)):
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _some(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows, some at a time."""
    held: list[dict[str, Any]] = []
    for row in rows:
        held.append(row)
        if len(held) == 500:
            yield held
            held = []
    if held:
        yield held


def _cell(value: Any) -> Any:
    """The value as a spreadsheet may have it: never as a formula (OWASP, CSV injection)."""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value

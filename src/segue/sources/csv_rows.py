"""CSV of people's exports, a row at a time: a row with a stray quote spoils itself only."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from segue.sources.archives import Member, lines_of
from segue.sources.base import Rejects

# A spreadsheet runs what begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@")


def split_row(line: str) -> list[str] | None:
    """The fields of one line; None where it is not CSV."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None


def csv_rows(member: Member, rejects: Rejects) -> Iterator[tuple[int, list[str]]]:
    """The rows of a member with their line numbers; a field of these exports never holds a line end."""
    for number, line in lines_of(member, rejects):
        row = split_row(line)
        if row is None:
            rejects.add(member.name, number, "is not well quoted CSV")
        else:
            yield number, row


def guarded(field: str) -> str:
    """A field that no spreadsheet takes for a formula: "=1+1" gets an apostrophe before it. `unguarded` undoes it."""
    return f"'{field}" if field.lstrip("'").startswith(_FORMULA) else field


def unguarded(field: str) -> str:
    """What `guarded` was given."""
    return field[1:] if field.startswith("'") and field.lstrip("'").startswith(_FORMULA) else field

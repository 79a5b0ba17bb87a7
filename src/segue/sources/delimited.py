"""Reads delimited text into typed columns: fast where it is as it should be, row by row where it is not.

The file is taken in blocks of whole lines. A block goes through one typed `polars.read_csv`; a block that this refuses
(a bad row, bad text) is read line by line, where each bad row goes to the rejects and the others stay.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import polars as pl

from segue.errors import BadFile
from segue.library.tables import REPEATED_ID
from segue.sources import ids
from segue.sources.base import Reject, Rejects
from segue.sources.files import DAMAGE, NamedFile, first_line

ID = REPEATED_ID
LINE = "_line"
BLOCK_BYTES = 1 << 22
LONGEST_LINE = 1 << 24
_BLOCKS_AHEAD = 3
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# `read_csv` unpacks what begins like gzip, zlib or zstd, wherever it comes from.
_PACKED = (b"\x1f\x8b", b"x\x01", b"x\x9c", b"x\xda", b"\x28\xb5\x2f\xfd")
# A separator of several characters ("::") becomes this one: text has no use for it.
_UNIT_SEPARATOR = "\x1f"
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
# A quoted field may hold line ends; one that runs on for longer than this lost its closing quote.
_LONGEST_RECORD = 100

Value = str | int | float | None


@dataclass(frozen=True)
class Field:
    """One column: an id, text (`pl.String`), a whole number (`pl.Int32`, `pl.Int64`) or a number (`pl.Float64`)."""

    name: str
    dtype: pl.DataType | type[pl.DataType] = ID
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ids.PATTERN


@dataclass(frozen=True)
class Layout:
    """How the rows of a file are written.

    With a `header`, fields are found by name, other columns are left out, and optional fields may be absent; without
    one, the fields are all there is, in order. `key` names fields (ids) that no two rows may share.
    """

    title: str
    fields: tuple[Field, ...]
    separator: str = "\t"
    header: bool = True
    quoted: bool = False
    nulls: tuple[str, ...] = ()
    latin1: bool = False
    key: tuple[str, ...] = ()


def read(file: NamedFile, layout: Layout, rejects: Rejects) -> pl.DataFrame:
    """The good rows, one column per field and `LINE` (counting from 1); the bad ones go to `rejects`.

    Raises `BadFile` for a file without rows, without the columns it must have, or with more bad rows than good ones.
    """
    with file.open() as stream, ExitStack() as workers:
        reader = _Reader(file, layout, workers)
        for block in reader.blocks(stream):
            reader.take(block)
        rows = reader.rows()
    refuse_mostly_bad(file, layout.title, rows.height, reader.rejects)
    rejects.rows += sorted(reader.rejects.rows, key=lambda reject: reject.line or 0)
    return rows


def read_lines(file: NamedFile, rejects: Rejects) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number; those that are not text go to `rejects`."""
    with file.open() as stream, ExitStack() as workers:
        reader = _Reader(file, Layout("text", (), header=False), workers)
        for block in reader.blocks(stream):
            for line, raw in _lines(block, reader.next_line):
                try:
                    yield line, _text(raw, latin1=False)
                except _RowError as error:
                    rejects.add(str(file), line, str(error))
            reader.next_line += block.count(b"\n")
    rejects.rows += reader.rejects.rows


def refuse_mostly_bad(file: NamedFile, title: str, good: int, found: Rejects) -> None:
    """Raises `BadFile` when there are no rows, or more bad ones than good ones: the file is not what it says it is."""
    if not good and not found:
        raise BadFile(f"{file}: has no rows; it should be {title}")
    if len(found) > good:
        first = min(found.rows, key=lambda reject: reject.line or 0)
        where = f"line {first.line}: " if first.line else ""
        raise BadFile(
            f"{file}: is not {title}: {len(found)} of {good + len(found)} rows cannot be read, "
            f"the first for this: {where}{first.why}"
        )


def header_of(head: bytes, separator: str = ",") -> tuple[str, ...]:
    """The column names in the first line of a file's beginning; none where that is not text."""
    line = head.removeprefix(_UTF8_MARK).split(b"\n", 1)[0]
    try:
        text = line.decode().rstrip("\r")
        return tuple(next(csv.reader([text], delimiter=separator), ())) if text.isprintable() or "\t" in text else ()
    except (UnicodeDecodeError, csv.Error):
        return ()


class _RowError(Exception):
    """Why one row cannot be read."""


class _Reader:
    """One file being read: its columns, where it is, and what it found so far."""

    def __init__(self, file: NamedFile, layout: Layout, workers: ExitStack) -> None:
        self.file, self.layout = file, layout
        self.rejects = Rejects()
        self.next_line = 1
        self._separator = layout.separator if len(layout.separator) == 1 else _UNIT_SEPARATOR
        self._columns = [field.name for field in layout.fields]
        self._fields = layout.fields
        # Each column of ids is encoded by a thread of its own, while the next blocks are parsed.
        self._codes = {
            field.name: (ids.IdCodes(), workers.enter_context(ThreadPoolExecutor(1)))
            for field in layout.fields
            if field.dtype == ID
        }
        self._encoding: deque[tuple[pl.DataFrame, list[Future[pl.Series]]]] = deque()
        self._frames: list[pl.DataFrame] = []

    # -- blocks ----------------------------------------------------------------------------------------------------

    def blocks(self, stream: BinaryIO) -> Iterator[bytes]:
        """Blocks of whole lines (and whole quoted fields), without the header.

        A stream that breaks off ends there, with a reject that says so.
        """
        block, first = self._next(stream), True
        while block:
            following = self._next(stream)
            # An odd number of quotes: one field goes on in the next block, unless somebody forgot to close it.
            if self.layout.quoted and following and block.count(b'"') % 2 and len(block) < LONGEST_LINE:
                block += following
                continue
            yield self._begin(block) if first else block
            block, first = following, False

    def _next(self, stream: BinaryIO) -> bytes:
        """The next 16 MiB, up to the end of a line."""
        try:
            block = stream.read(BLOCK_BYTES)
            if block and not block.endswith(b"\n"):
                block += stream.readline(LONGEST_LINE)
        except DAMAGE as error:
            self.rejects.add(str(self.file), None, f"breaks off: {first_line(error)}")
            return b""
        if len(block) == BLOCK_BYTES + LONGEST_LINE:
            raise BadFile(f"{self.file}: has a line longer than 16 MiB; it should be {self.layout.title}")
        return block

    def _begin(self, block: bytes) -> bytes:
        if block.startswith(_UTF16_MARKS):
            raise BadFile(f"{self.file}: is UTF-16 text; save it as UTF-8")
        block = block.removeprefix(_UTF8_MARK)
        if not self.layout.header:
            return block
        header, _, rows = block.partition(b"\n")
        self._columns = list(header_of(header, self._separator))
        self._fields = tuple(field for field in self.layout.fields if field.name in self._columns)
        for field in self.layout.fields:
            if field not in self._fields and not field.optional:
                raise BadFile(f"{self.file}: has no column {field.name!r}; it should be {self.layout.title}")
        self.next_line = 2
        return rows

    # -- rows ------------------------------------------------------------------------------------------------------

    def take(self, block: bytes) -> None:
        """Read one block: at once where it is clean, else line by line."""
        if len(self.layout.separator) > 1:
            block = block.replace(self.layout.separator.encode(), _UNIT_SEPARATOR.encode())
        frame = self._at_once(block)
        if frame is None:
            frame = self._by_line(block)
            self.next_line += block.count(b"\n")
        else:
            self.next_line += frame.height
        encoded = [
            thread.submit(codes.encode, frame[name])
            for name, (codes, thread) in self._codes.items()
            if name in frame.columns
        ]
        self._encoding.append((frame, encoded))
        self._settle(_BLOCKS_AHEAD)

    def _settle(self, ahead: int) -> None:
        """Wait until no more than so many blocks are being encoded."""
        while len(self._encoding) > ahead:
            frame, encoded = self._encoding.popleft()
            self._frames.append(frame.with_columns(column.result() for column in encoded))

    def _at_once(self, block: bytes) -> pl.DataFrame | None:
        """The block through `read_csv`; None when it refuses, or when lines and rows are not the same."""
        # polars panics at some quotes that nobody closes.
        if block.startswith(_PACKED) or (self.layout.quoted and block.count(b'"') % 2):
            return None
        dtypes = {field.name: pl.String if field.dtype == ID else field.dtype for field in self._fields}
        places = {name: f"column_{self._columns.index(name) + 1}" for name in dtypes}
        try:
            frame = pl.read_csv(
                block,
                has_header=False,
                separator=self._separator,
                quote_char='"' if self.layout.quoted else None,
                schema={
                    f"column_{place + 1}": dtypes[name] if places.get(name) == f"column_{place + 1}" else pl.String
                    for place, name in enumerate(self._columns)
                },
                columns=list(places.values()),
                null_values=list(self.layout.nulls) or None,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        if self.layout.quoted and frame.height != block.count(b"\n") + (not block.endswith(b"\n")):
            return None
        named = frame.select(pl.col(place).alias(name) for name, place in places.items())
        return named.with_row_index(LINE, offset=self.next_line)

    def _by_line(self, block: bytes) -> pl.DataFrame:
        rows: list[list[Value]] = []
        places = [self._columns.index(field.name) for field in self._fields]
        for line, record in _records(block, self.next_line, quoted=self.layout.quoted):
            try:
                parts = self._split(_text(record, latin1=self.layout.latin1))
                rows.append(
                    [line, *(self._value(field, parts[at]) for field, at in zip(self._fields, places, strict=True))]
                )
            except _RowError as error:
                self.rejects.add(str(self.file), line, str(error))
        schema = {LINE: pl.get_index_type()} | {
            field.name: pl.String if field.dtype == ID else field.dtype for field in self._fields
        }
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _split(self, text: str) -> list[str]:
        if self.layout.quoted:
            try:
                parts = next(csv.reader([text], delimiter=self._separator, strict=True))
            except csv.Error as error:
                raise _RowError(f"is not well quoted: {error}") from None
        else:
            parts = text.split(self._separator)
        if len(parts) > len(self._columns):
            raise _RowError(f"has {len(parts)} fields, not {len(self._columns)}")
        # What a short row lacks is missing, as `read_csv` has it.
        return parts + [""] * (len(self._columns) - len(parts))

    def _value(self, field: Field, text: str) -> Value:
        if not text or text in self.layout.nulls:
            return None
        if field.dtype in (ID, pl.String):
            return text
        plain = text.strip()
        if field.dtype == pl.Float64:
            if not _NUMBER.fullmatch(plain):
                raise _RowError(f"{field.name} {_short(text)} is not a number")
            return float(plain)
        if not _WHOLE.fullmatch(plain):
            raise _RowError(f"{field.name} {_short(text)} is not a whole number")
        if field.dtype == pl.Int32 and abs(int(plain)) >= 1 << 31:
            raise _RowError(f"{field.name} {_short(text)} is too large")
        return int(plain)

    # -- checks ----------------------------------------------------------------------------------------------------

    def rows(self) -> pl.DataFrame:
        """All rows whose values are what they must be."""
        self._settle(0)
        if not self._frames:
            return pl.DataFrame()
        rows = pl.concat(self._frames)
        self._frames.clear()
        # A blank line comes out of `read_csv` as a row of nulls: it is no row.
        names = [field.name for field in self._fields]
        if all(rows[name].null_count() for name in names):
            rows = rows.filter(~pl.all_horizontal(pl.col(name).is_null() for name in names))
        for field in self._fields:
            rows = self._checked(rows, field)
        absent = [
            pl.lit(None, dtype=field.dtype).alias(field.name)
            for field in self.layout.fields
            if field not in self._fields
        ]  # fmt: skip
        return self._without_repeats(rows.with_columns(absent))

    def _checked(self, rows: pl.DataFrame, field: Field) -> pl.DataFrame:
        value = pl.col(field.name)
        checks: list[tuple[pl.Expr, str]] = []
        if not field.optional:
            checks.append((value.is_null(), "is missing"))
        if field.dtype == pl.Float64:
            checks.append((~value.is_finite(), "is not a finite number"))
        if field.minimum is not None:
            checks.append((value < field.minimum, f"is below {field.minimum:g}"))
        if field.maximum is not None:
            checks.append((value > field.maximum, f"is above {field.maximum:g}"))
        if field.dtype == ID and len(strange := ids.not_ids(rows[field.name], field.pattern)):
            checks.append((value.cast(pl.String).is_in(strange.implode()), "is not an id"))
        if field.dtype == pl.String:
            checks.append((value.str.contains("[\\x00-\\x08\\x0e-\\x1f\\x7f]"), "has control characters"))
        for bad, why in checks:
            rows = self._reject(rows, rows.select(bad.fill_null(value=False)).to_series(), field.name, why)
        return rows

    def _reject(self, rows: pl.DataFrame, bad: pl.Series, name: str, why: str) -> pl.DataFrame:
        if not bad.any():
            return rows
        for line, value in rows.filter(bad).select(LINE, name).iter_rows():
            shown = name if value is None else f"{name} {_short(value)}"
            self.rejects.rows.append(Reject(str(self.file), line, f"{shown} {why}"))
        return rows.filter(~bad)

    def _without_repeats(self, rows: pl.DataFrame) -> pl.DataFrame:
        key = list(self.layout.key)
        if not key or not rows.height:
            return rows
        packed = rows.select(_packed(key)).to_series()
        if packed.dtype == pl.UInt64 and _all_differ(packed.to_numpy()):
            return rows
        first = packed.is_first_distinct()
        for line in rows.filter(~first)[LINE]:
            self.rejects.add(str(self.file), line, f"repeats the {' and '.join(key)} of an earlier row")
        return rows.filter(first)


def _all_differ(numbers: np.ndarray) -> bool:
    """Sorting finds out several times faster than hashing does."""
    ordered = np.sort(numbers)
    return bool((ordered[1:] != ordered[:-1]).all())


def _packed(key: list[str]) -> pl.Expr:
    """One value per key: two ids fit one 64-bit number, which is compared many times faster than a struct."""
    if len(key) > 2:
        return pl.struct(key)
    codes = [pl.col(name).to_physical().cast(pl.UInt64) for name in key]
    return codes[0] if len(codes) == 1 else codes[0] * (1 << 32) + codes[1]


def _lines(block: bytes, first: int) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(block.split(b"\n"), first):
        if line.strip():
            yield number, line.removesuffix(b"\r")


def _records(block: bytes, first: int, *, quoted: bool) -> Iterator[tuple[int, bytes]]:
    """The records of a block with the line each begins on; a quote that nobody closes spoils one line only."""
    if not quoted:
        yield from _lines(block, first)
        return
    lines = block.split(b"\n")
    at = 0
    while at < len(lines):
        end, quotes = at + 1, lines[at].count(b'"')
        while quotes % 2 and end < min(len(lines), at + _LONGEST_RECORD):
            quotes += lines[end].count(b'"')
            end += 1
        if quotes % 2:
            end = at + 1
        record = b"\n".join(lines[at:end])
        if record.strip():
            yield first + at, record.removesuffix(b"\r")
        at = end


def _text(raw: bytes, *, latin1: bool) -> str:
    if b"\0" in raw:
        raise _RowError("has zero bytes: it is not text")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        if latin1:
            return raw.decode("latin-1")
        raise _RowError("is not UTF-8 text") from None


def _short(value: object) -> str:
    shown = repr(str(value))
    return shown if len(shown) <= 40 else f"{shown[:37]}…'"

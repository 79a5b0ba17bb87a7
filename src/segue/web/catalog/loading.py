"""What the parts of a load share: which keys are which rows, what was written and left out, and whom it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
from django.db import connection
from django.db.models import F

from segue.library.tables import TABLES
from segue.web.catalog.rows import BY_KEY, refers_to
from segue.web.listening.models import Listener

READ_AT_ONCE = 1 << 18
"""Rows that are read at once: as many as the files of a Library hold together."""
_IN_A_QUERY = 500


@dataclass
class Loading:
    """One load.

    Attributes:
        frames: the Library's tables, not read yet.
        say: told what is done now.
        written: rows that are new or changed, by table.
        left_out: rows and references that name what is not there, or lack what they need, by table.
        erased: keys of listeners who asked to be forgotten; nothing of theirs is loaded, and nothing said of it.
        all_new: whether the listens that were loaded last were all new; then the next probably are.
    """

    frames: dict[str, pl.LazyFrame]
    say: Callable[[str], None]
    written: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    erased: set[str] = field(default_factory=set)
    all_new: bool = True
    _known: dict[str, pl.DataFrame] = field(default_factory=dict)
    _changed: set[int] = field(default_factory=set)
    _accounts: set[int] | None = None

    def slices(self, table: str, rows: int, by: str | None = None) -> Iterator[pl.DataFrame]:
        """A table, `rows` at a time; memory does not grow with its length.

        With `by`, rows with the same in this column, a repeated id, stand together within what is read at once, which is more then.
        """
        lazy = self.frames[table]
        total = lazy.select(pl.len()).collect().item()
        at_once = READ_AT_ONCE * 4 if by else READ_AT_ONCE
        for start in range(0, total, at_once):
            if start and start % (READ_AT_ONCE * 4) == 0:
                self.say(f"loading {table}: {start:,} of {total:,}")
            block = TABLES[table].conform(lazy.slice(start, at_once).collect())
            if not by:
                yield from block.iter_slices(rows)
                continue
            order = block.select(pl.arg_sort_by(pl.col(by).to_physical(), maintain_order=True)).to_series()
            for some in range(0, block.height, rows):
                yield block[order[some : some + rows]]
            del block, order  # before the next are read

    # -- keys ------------------------------------------------------------------------------------------------------------

    def known(self, table: str) -> pl.DataFrame:
        """The rows of a table that has keys: key, id."""
        if table not in self._known:
            self._known[table] = _keys_of(table)
        return self._known[table]

    def learn(self, table: str, keys: pl.Series) -> None:
        """Take up rows that were just written."""
        known = self.known(table)
        both = pl.concat([known, _keys_of(table, after=max(known["id"].to_list(), default=0))])
        # Another process may have written one of them before, under a smaller number.
        self._known[table] = both if keys.is_in(both["key"].implode()).all() else _keys_of(table)

    def forget(self) -> None:
        """Ask the database again: something was deleted meanwhile."""
        self._known.clear()

    def ids(self, table: str, keys: pl.Series) -> pl.Series:
        """The primary keys of rows with these keys, null where there is none."""
        wanted = keys.alias("key").to_frame()
        return wanted.join(self.known(table), on="key", how="left", maintain_order="left")["id"].alias(keys.name)

    def referred(self, table: str, frame: pl.DataFrame, may_be_gone: Sequence[str] = ()) -> pl.DataFrame:
        """The frame with primary keys in place of keys, without rows that name what is not there.

        Columns that `may_be_gone` become null in such rows instead.
        """
        if self.erased and "listener_id" in frame.columns:
            frame = frame.filter(~pl.col("listener_id").is_in(list(self.erased)).fill_null(value=False))
        good = pl.Series([True]).new_from_index(0, frame.height)
        found = []
        for name in frame.columns:
            target = None if name not in TABLES[table].schema else refers_to(table, name)
            if target is None:
                continue
            found.append(self.ids(target, frame[name]))
            dangling = frame[name].is_not_null() & found[-1].is_null()
            if name in may_be_gone:
                self.left_out[table] += int(dangling.sum())
            else:
                good &= ~dangling
        return self.those(table, frame.with_columns(found), good)

    def those(self, table: str, frame: pl.DataFrame, good: pl.Series | pl.Expr) -> pl.DataFrame:
        """The good rows; the others are counted."""
        kept = frame.filter(good)
        self.left_out[table] += frame.height - kept.height
        return kept

    # -- listeners -------------------------------------------------------------------------------------------------------

    def changed(self, listeners: pl.Series) -> None:
        """Say that listeners changed, in the transaction of the change; of those without an account, when the load ends.

        The service answers for those with an account: what it keeps of them is never older than what is loaded.
        """
        if self._accounts is None:
            self._accounts = set(Listener.objects.filter(user__isnull=False).values_list("pk", flat=True))
        touched = set(listeners.drop_nulls().unique().to_list())
        _count_up(touched & self._accounts)
        self._changed |= touched - self._accounts

    def end(self) -> None:
        """Say that all others changed whose rows did."""
        if not connection.needs_rollback:
            _count_up(self._changed)
            self._changed.clear()


def in_parts(values: Iterable[int | str]) -> Iterator[list[int | str]]:
    """Values, so many at a time as one query may have."""
    ordered = list(values)
    for start in range(0, len(ordered), _IN_A_QUERY):
        yield ordered[start : start + _IN_A_QUERY]


def _keys_of(table: str, after: int = 0) -> pl.DataFrame:
    found = BY_KEY[table]._default_manager.filter(pk__gt=after).values_list("key", "pk")
    return pl.DataFrame(list(found.iterator(chunk_size=10_000)), {"key": pl.String, "id": pl.Int64}, orient="row")


def _count_up(listeners: set[int]) -> None:
    for some in in_parts(sorted(listeners)):
        Listener.objects.filter(pk__in=some).update(version=F("version") + 1)

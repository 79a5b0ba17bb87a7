"""A library that went through the database is the library, and loading one after the other is merging them."""

import tempfile
from pathlib import Path

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from segue.library import Library
from segue.library.tables import VECTOR
from segue.web.catalog.export import export
from segue.web.catalog.load import load, load_path
from tests.effort import examples
from tests.web.catalog.libraries import as_kept, libraries

EXAMPLES = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def through_the_database(*given_libraries: Library) -> Library:
    """What is exported after these were loaded, one after the other, into an empty database."""
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        for number, library in enumerate(given_libraries):
            if number % 2:
                load(library)
            else:
                library.save(Path(folder) / "in")
                load_path(Path(folder) / "in")
        export(Path(folder) / "out")
        transaction.set_rollback(True)
        return Library.open(Path(folder) / "out")


def assert_same(found: Library, wanted: Library) -> None:
    """Equal tables, whatever the order of rows."""
    for (table, one), (_, other) in zip(found.frames(), wanted.frames(), strict=True):
        assert one.schema == other.schema
        told = [sorted(map(repr, _plain(frame).rows())) for frame in (one, other)]
        assert told[0] == told[1], table.name
    assert found.fingerprint() == wanted.fingerprint()


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Minus zero is zero, as it is to a fingerprint: SQLite has no minus zero, and no JSON of PostgreSQL has."""
    vectors = pl.col(VECTOR).list.eval(_plain_zero(pl.element()))
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String), _plain_zero(pl.col(pl.Float32)), vectors)


def _plain_zero(number: pl.Expr) -> pl.Expr:
    return pl.when(number == 0).then(number.abs()).otherwise(number)


@EXAMPLES
@given(libraries(repeated=False))
def test_nothing_is_lost(db, library):
    assert_same(through_the_database(library), as_kept(library))
    library.validate()


@EXAMPLES
@given(libraries(), libraries(generation=1))
def test_loading_is_merging(db, older, newer):
    merged = Library().merge(older).merge(newer)
    assert_same(through_the_database(older, newer), as_kept(merged))


@EXAMPLES
@given(libraries())
def test_loading_again_changes_nothing(db, library):
    assert_same(through_the_database(library, library), through_the_database(library))


def test_the_demo_world_is_the_same_after_it(db, demo_library):
    assert through_the_database(demo_library).fingerprint() == demo_library.fingerprint()


@pytest.mark.one_database
@pytest.mark.parametrize("rows", [1, 7])
def test_how_much_is_read_and_written_at_once_does_not_matter(db, demo_library, monkeypatch, rows):
    from segue.web.catalog import export as exporting  # noqa: PLC0415
    from segue.web.catalog import load_listens, loading  # noqa: PLC0415

    few = demo_library.until(demo_library.listens["time"].sort()[200])
    monkeypatch.setattr(loading, "READ_AT_ONCE", rows * 3)
    monkeypatch.setattr(load_listens, "AT_ONCE", rows)
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", rows)
    assert through_the_database(few).fingerprint() == few.fingerprint()

"""The database as a whole: bringing it up to date, how full it is, and what its errors mean to who runs Segue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import Error, connection, models
from django.db.migrations.executor import MigrationExecutor

from segue.errors import SegueError
from segue.web.accounts.models import User
from segue.web.catalog.rows import MODELS
from segue.web.discovery.models import Exposure, Station
from segue.web.jobs.models import Job

_COUNTED: dict[str, type[models.Model]] = {
    "accounts": User,
    **MODELS,
    "stations": Station,
    "exposures": Exposure,
    "jobs": Job,
}


@contextmanager
def told_plainly() -> Iterator[None]:
    """Errors of the database as one line that says what to do."""
    try:
        yield
    except Error as error:
        first = (str(error).strip().splitlines() or ["?"])[0]
        raise SegueError(f"the database: {first}; look whether it runs, and at DATABASE_URL") from error


def migrate() -> None:
    """Make the tables of the service, or bring them up to date, and the table of the cache."""
    with told_plainly():
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)


def must_be_up_to_date() -> None:
    """Raise `SegueError` where tables are missing or of an older version."""
    with told_plainly():
        steps = MigrationExecutor(connection)
        waiting = len(steps.migration_plan(steps.loader.graph.leaf_nodes()))
    if waiting:
        many = "migration is" if waiting == 1 else "migrations are"
        raise SegueError(f"the database is not up to date: {waiting} {many} missing; run: segue database migrate")


def rows() -> dict[str, int]:
    """Rows by table, under the names that the Library has for them."""
    with told_plainly():
        return {name: model._default_manager.count() for name, model in _COUNTED.items()}


def size_bytes() -> int:
    """What the database takes on the disk."""
    statement = "SELECT pg_database_size(current_database())"
    if connection.vendor == "sqlite":
        statement = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    with told_plainly(), connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])

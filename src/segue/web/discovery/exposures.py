"""What was shown to whom, and what came of it: written in bulk, a moment later, by a thread of its own."""

from __future__ import annotations

import atexit
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
import structlog
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from segue.engine.request import Recommendation
from segue.web import clock
from segue.web.discovery.models import Exposure, Outcome
from segue.web.experiments import assignment
from segue.web.experiments.varied import Drafted
from segue.web.listening.models import Listener

log = structlog.get_logger()
KINDS = ("played", "skipped", "liked", "disliked")
EVERY_S = 0.4
MOST = 20_000
"""So many exposures may wait; whoever adds one more writes them first."""
TRIES = 8
LATE_S = 5.0
"""An exposure may still wait in another process when the first outcome of it is told: for so long it is looked for again."""


class Row(NamedTuple):
    """One exposure as it waits: `tracks` is JSON."""

    id: uuid.UUID
    listener_id: int
    surface: str
    snapshot: str
    shown_ms: int
    tracks: str


class Told(NamedTuple):
    """What came of a track of an exposure."""

    exposure_id: uuid.UUID
    track_key: str
    kind: str
    time_ms: int


def shown(listener: Listener, surface: str, snapshot: str, tracks: Sequence[Recommendation]) -> uuid.UUID | None:
    """Note a page that is shown; its id, or None in a private session, of which nothing is noted.

    It is written within half a second; in a transaction, at once and with it.
    """
    return noted(listener, surface, snapshot, as_json(tracks))


def as_json(tracks: Sequence[Recommendation]) -> str:
    """The tracks of an exposure, as they are kept: the shown reason (its kind, and the first item it names) where there is one."""
    return orjson.dumps([_kept(one) for one in tracks]).decode()


def _kept(one: Recommendation) -> tuple[str | float | None, ...]:
    told = (one.item_id, one.source, one.propensity, *_why(one))
    if isinstance(one, Drafted):
        # Whose pick it was, of the two rankings that an experiment drafted into this page, always stands sixth.
        return (*told, *[None] * (5 - len(told)), one.team)
    return told


def _why(one: Recommendation) -> tuple[str | None, ...]:
    if not one.reasons:
        return ()
    first = one.reasons[0]
    return first.kind, first.because[0].item_id if first.because else None


def noted(
    listener: Listener, surface: str, snapshot: str, tracks: str, exposure_id: uuid.UUID | None = None
) -> uuid.UUID | None:
    """`shown`, of tracks that are JSON already; `exposure_id` is the id it has, where it was told before it was shown."""
    now_ms = clock.now_ms()
    if listener.is_private(now_ms):
        return None
    assignment.saw(listener, surface)
    row = Row(exposure_id or uuid.uuid4(), listener.pk, surface, snapshot, now_ms, tracks)
    if connection.in_atomic_block:
        _write([row])
    else:
        _waiting.put(row)
    return row.id


def outcome(listener: Listener, exposure_id: uuid.UUID, track_key: str, kind: str, time_ms: int) -> None:
    """Note what came of a track that was shown to the listener. See `outcomes`."""
    outcomes(listener, [Told(exposure_id, track_key, kind, time_ms)])


def outcomes(listener: Listener, told: Sequence[Told]) -> None:
    """Note what came of tracks that were shown to the listener: each once, however often it is told.

    Exposures of others and unknown ones are ignored, and so are tracks that were not in them; in a private session, all are.
    """
    if not told or listener.is_private(clock.now_ms()):
        return
    unknown = _note(listener.pk, told)
    if not unknown:
        return
    # Those that wait here can be written now; those that wait elsewhere will be there in a moment.
    if mine := _waiting.take({one.exposure_id for one in unknown}):
        _write(mine)
        unknown = _note(listener.pk, unknown)
    if unknown:
        transaction.on_commit(lambda: _waiting.later(listener.pk, unknown))


def flush() -> int:
    """Write what waits, now; gives the number of exposures. For the end of a process, and for tests."""
    return _waiting.flush()


# -- what waits ----------------------------------------------------------------------------------------------------------


class _Waiting:
    """Exposures, and outcomes of exposures that are not there yet. The thread begins with the first."""

    def __init__(self) -> None:
        self._lock, self._writing, self._some = threading.Lock(), threading.Lock(), threading.Event()
        self._rows: dict[uuid.UUID, Row] = {}
        self._late: list[tuple[float, int, Told]] = []
        self._thread: threading.Thread | None = None
        self._failed = 0

    def put(self, row: Row) -> None:
        with self._lock:
            self._rows[row.id] = row
            full = len(self._rows) > MOST
        self._wake()
        if full:
            self.flush()

    def take(self, ids: Iterable[uuid.UUID]) -> list[Row]:
        """Those of these that wait; they wait no more."""
        with self._lock:
            return [row for one in ids if (row := self._rows.pop(one, None)) is not None]

    def later(self, listener_id: int, told: Iterable[Told]) -> None:
        """Look again for the exposures of these."""
        until = time.monotonic() + LATE_S
        with self._lock:
            self._late = [*self._late[-MOST:], *((until, listener_id, one) for one in told)]
        self._wake()

    def flush(self) -> int:
        with self._writing:
            with self._lock:
                rows, self._rows = list(self._rows.values()), {}
                late, self._late = self._late, []
            try:
                _write(rows)
                still = _tried(late)
            except DatabaseError as error:
                self._put_back(rows, late, error)
                return 0
            self._failed = 0
            with self._lock:
                self._late = still + self._late
            return len(rows)

    def _put_back(self, rows: list[Row], late: list[tuple[float, int, Told]], error: DatabaseError) -> None:
        self._failed += 1
        if self._failed > TRIES or len(rows) > 2 * MOST:
            log.error("exposures_lost", exposures=len(rows), outcomes=len(late), problem=str(error))
            self._failed = 0
            return
        log.warning("exposures_wait", exposures=len(rows), tries=self._failed, problem=str(error))
        with self._lock:
            self._rows = {row.id: row for row in rows} | self._rows
            self._late = late + self._late

    def _wake(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="segue-exposures", daemon=True)
                    self._thread.start()
                    atexit.register(self.flush)
        self._some.set()

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            time.sleep(min(EVERY_S * 2**self._failed, 30))
            try:
                self.flush()
            except Exception:
                log.exception("exposures_lost")
            finally:
                # Once in half a second a connection costs little, and an idle one would be in the way of whoever stops.
                connections.close_all()
            if self._rows or self._late:
                self._some.set()


_waiting = _Waiting()


# -- the database --------------------------------------------------------------------------------------------------------

_INSERT = (
    f"INSERT INTO {Exposure._meta.db_table} (id, listener_id, surface, snapshot, shown_ms, tracks)"  # noqa: S608
    " VALUES (%s, %s, %s, %s, %s, %s)"
)


def _write(rows: Sequence[Row]) -> None:
    """Write exposures; those of listeners who are no more are left out. Raises `DatabaseError`."""
    if not rows:
        return
    try:
        _insert(rows)
    except IntegrityError:
        there = set(
            Listener.objects.filter(pk__in={row.listener_id for row in rows}).values_list("pk", flat=True)
        )  # fmt: skip
        _insert([row for row in rows if row.listener_id in there])


def _insert(rows: Sequence[Row]) -> None:
    key = Exposure._meta.pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_INSERT, [(key.get_db_prep_value(row.id, connection), *row[1:]) for row in rows])


def _note(listener_id: int, told: Sequence[Told]) -> list[Told]:
    """Write outcomes; gives those of whose exposure the listener has none (yet)."""
    wanted = {one.exposure_id for one in told}
    found: dict[uuid.UUID, set[str]] = {
        pk: {track[0] for track in tracks}
        for pk, tracks in Exposure.objects.filter(pk__in=wanted, listener_id=listener_id).values_list("pk", "tracks")
    }
    fitting = [one for one in told if one.track_key in found.get(one.exposure_id, ())]
    if fitting:
        made = [
            Outcome(exposure_id=one.exposure_id, track_key=one.track_key, kind=one.kind, time_ms=one.time_ms)
            for one in fitting
        ]
        Outcome.objects.bulk_create(made, ignore_conflicts=True)
    return [one for one in told if one.exposure_id not in found]


def _tried(late: Sequence[tuple[float, int, Told]]) -> list[tuple[float, int, Told]]:
    """Look again for exposures; gives what is to be looked for once more."""
    by_listener: dict[int, list[tuple[float, int, Told]]] = {}
    for one in late:
        by_listener.setdefault(one[1], []).append(one)
    still = []
    for listener_id, some in by_listener.items():
        unknown = set(_note(listener_id, [told for _, _, told in some]))
        still += [one for one in some if one[2] in unknown and one[0] > time.monotonic()]
    return still

"""What so many listeners need, from what was measured and what is assumed; every number says which of the two it is.

Rates are of the busiest moment. Pure: no database, no files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from segue.errors import BadRequest
from segue.web.insights.capacity.prices import Machine, Prices

GB = 1e9
LISTEN_S = 210
Basis = Literal["measured", "assumed", "both"]


@dataclass(frozen=True)
class Measured:
    """What a machine does. None: could not be measured, and the usual value of `USUAL` is taken.

    Attributes:
        made, seconds: when, and for how long.
        cores, memory_mb: of the machine.
        database: sqlite or postgresql.
        snapshot, tracks, listeners, listens: what it was measured with.
        answers_per_s, p50_ms, p95_ms, p99_ms: first answers of one process, with reasons, out of the database.
        answer_cpu_ms, frame_cpu_ms: of an answer, and of all that a request takes besides.
        listens_per_s, listens_in_batches_per_s: committed and on the disk, over one connection; each by itself, and 100 at a time.
        listen_cpu_ms: of one, in the process that writes it.
        mixes_cpu_ms: of the mixes of a week for one listener.
        process_mb, process_own_mb: memory of a process, and what of it is not shared with others.
        listen_bytes, listener_bytes, track_bytes, exposure_bytes: on the disk, with indexes.
    """

    made: str = ""
    seconds: float = 0.0
    cores: int = 0
    memory_mb: float = 0.0
    database: str = ""
    snapshot: str | None = None
    tracks: int = 0
    listeners: int = 0
    listens: int = 0
    answers_per_s: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    answer_cpu_ms: float | None = None
    frame_cpu_ms: float | None = None
    listens_per_s: float | None = None
    listens_in_batches_per_s: float | None = None
    listen_cpu_ms: float | None = None
    mixes_cpu_ms: float | None = None
    process_mb: float | None = None
    process_own_mb: float | None = None
    listen_bytes: float | None = None
    listener_bytes: float | None = None
    track_bytes: float | None = None
    exposure_bytes: float | None = None


USUAL = {
    "answer_cpu_ms": 8.0, "frame_cpu_ms": 0.6, "listens_per_s": 500.0, "listen_cpu_ms": 0.5, "mixes_cpu_ms": 200.0,
    "process_mb": 500.0, "process_own_mb": 350.0, "listen_bytes": 150.0, "listener_bytes": 3000.0, "track_bytes": 1500.0,
    "exposure_bytes": 1500.0,
}  # fmt: skip
"""Taken where nothing could be measured: from `benchmarks/web.py` and `benchmarks/serving.py`, on two slow cores."""


@dataclass(frozen=True)
class Assumed:
    """What nobody can measure beforehand.

    Attributes:
        listeners: who have an account.
        tracks: in the catalogue; 0: as many as were there when it was measured.
        listens_per_day: of a listener, on average over all of them.
        peak: the share of listeners who listen at the busiest moment.
        questions_per_minute: pages and next tracks, each with recommendations, of one who listens.
        years: for how long listens are kept.
        exposure_days: for how long it is kept what was shown.
        busy: how much of a core is used at the busiest moment.
        active: the share of listeners for whom mixes are made each week, and who get a letter.
        mix_hours: in how many hours all mixes are made.
        pairs: different tracks that one listener played: what is learned from.
    """

    listeners: int = 10_000
    tracks: int = 0
    listens_per_day: float = 10.0
    peak: float = 0.05
    questions_per_minute: float = 0.5
    years: float = 1.0
    exposure_days: float = 90.0
    busy: float = 0.6
    active: float = 0.4
    mix_hours: float = 12.0
    pairs: float = 300.0

    def checked(self) -> Assumed:
        """Itself. Raises `BadRequest` for what cannot be."""
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadRequest(f"{name.replace('_', ' ')} must be between {low:,g} and {high:,g}, not {value:,g}")
        return self


BOUNDS = {
    "listeners": (1, 1_000_000_000), "tracks": (0, 1_000_000_000), "listens_per_day": (0, 500), "peak": (0, 1),
    "questions_per_minute": (0, 60), "years": (0, 100), "exposure_days": (0, 3660), "busy": (0.05, 1), "active": (0, 1),
    "mix_hours": (0.1, 168), "pairs": (1, 100_000),
}  # fmt: skip


@dataclass(frozen=True)
class Need:
    """One thing that is needed: so much of a unit, how that comes about, and on what it rests."""

    name: str
    amount: float
    unit: str
    how: str
    basis: Basis


@dataclass(frozen=True)
class Item:
    """One line of the bill, in a month."""

    name: str
    amount: float
    unit: str
    month: float


@dataclass(frozen=True)
class Plan:
    """What is needed and what it costs. `lacking` says what the plan cannot promise."""

    assumed: Assumed
    needs: tuple[Need, ...]
    items: tuple[Item, ...]
    lacking: tuple[str, ...]

    @property
    def month(self) -> float:
        """All items."""
        return sum(one.month for one in self.items)

    @property
    def listener_month(self) -> float:
        """For one listener."""
        return self.month / self.assumed.listeners

    def need(self, name: str) -> float:
        """The amount of a need."""
        return next(one.amount for one in self.needs if one.name == name)


def filled(measured: Measured) -> Measured:
    """With usual values where nothing was measured."""
    gaps = {name: value for name, value in USUAL.items() if getattr(measured, name) is None}
    return replace(measured, **gaps)  # type: ignore[arg-type]


def plan(measured: Measured, assumed: Assumed, prices: Prices) -> Plan:
    """What is needed. Raises `BadRequest` for assumptions that cannot be."""
    asked = assumed.checked()
    asked = replace(asked, tracks=asked.tracks or max(measured.tracks, 1))
    sums = _Sums(measured, filled(measured), asked)
    needs = (*sums.load(), *sums.processes(prices.machine), *sums.storage(), *sums.training())
    database = _database(needs, prices.database)
    items = _items(needs, asked, prices, database)
    return Plan(asked, tuple(needs), items, tuple(_lacking(sums, needs, database, prices)))


class _Sums:
    """The arithmetic, in the order of the page."""

    def __init__(self, raw: Measured, full: Measured, asked: Assumed) -> None:
        self.raw, self.full, self.asked = raw, full, asked
        self.listening = asked.listeners * asked.peak
        self.questions = self.listening * asked.questions_per_minute / 60
        self.listens = self.listening / LISTEN_S
        # From 100,000 to a million tracks an answer took 2.3 ms more, and a process 1.48 kB more for each of them
        # (benchmarks/results/serving.json).
        self.more_ms = 2.3 * math.log10(max(asked.tracks / raw.tracks, 1.0)) if raw.tracks else 0.0
        self.more_mb = max(asked.tracks - raw.tracks, 0) * 1480 / 1e6 if raw.tracks else 0.0

    def of(self, name: str) -> float:
        """A measurement, or its usual value."""
        return float(getattr(self.full, name) or 0)

    def basis(self, *names: str) -> Basis:
        """Of a number that rests on these measurements and on assumptions."""
        return "both" if any(getattr(self.raw, name) is not None for name in names) else "assumed"

    def load(self) -> list[Need]:
        """How much is asked."""
        asked = self.asked
        day = asked.listeners * asked.listens_per_day
        return [
            Need("listening at the busiest moment", self.listening, "listeners", f"{asked.peak:.0%} of them", "assumed"),
            Need("questions", self.questions, "a second", f"{asked.questions_per_minute:g} a minute of each", "assumed"),
            Need("listens at the busiest moment", self.listens, "a second", f"one in {LISTEN_S} s of each", "assumed"),
            Need("listens in a day", day, "", f"{asked.listens_per_day:g} of each listener", "assumed"),
        ]  # fmt: skip

    def processes(self, machine: Machine) -> list[Need]:
        """What answers, and what works behind."""
        of, asked = self.of, self.asked
        question_ms = of("answer_cpu_ms") + self.more_ms + of("frame_cpu_ms")
        mix_ms = of("mixes_cpu_ms") * (1 + self.more_ms / max(of("answer_cpu_ms"), 0.01))
        listen_ms = of("listen_cpu_ms") + of("frame_cpu_ms")
        web = max(math.ceil((self.questions * question_ms + self.listens * listen_ms) / 1000 / asked.busy), 1)
        mixes_s = asked.listeners * asked.active * mix_ms / 1000
        workers = max(math.ceil(mixes_s / (asked.mix_hours * 3600) / asked.busy), 1)
        own = of("process_own_mb") + self.more_mb
        shared = max(of("process_mb") - of("process_own_mb"), 0.0)
        needs = [
            Need("web processes", web, "", f"{question_ms:.2f} ms of a core each question, {listen_ms:.2f} each listen,"
                 f" cores {asked.busy:.0%} busy", self.basis("answer_cpu_ms", "frame_cpu_ms")),
            Need("workers", workers, "processes", f"{asked.active:.0%} of listeners, {mix_ms:.0f} ms"
                 f" of a core each, once a week in {asked.mix_hours:g} h", self.basis("mixes_cpu_ms")),
            Need("memory of a process", own / 1000, "GB", f"and {shared / 1000:.2f} GB that processes of a machine share",
                 self.basis("process_own_mb")),
        ]  # fmt: skip
        usable = max(machine.memory_gb * 0.85 - shared / 1000, 0.1)
        each = max(min(int(machine.cores), int(usable / (own / 1000))), 1)
        for name, number in (("web machines", web), ("worker machines", workers)):
            found = math.ceil(number / each) + (1 if name == "web machines" and number > each else 0)
            spare = ", one of them to spare" if name == "web machines" and number > each else ""
            how = f"{each} processes on each ({machine.cores:g} cores, {machine.memory_gb:g} GB){spare}"
            needs.append(Need(name, found, "", how, "both" if "both" in {one.basis for one in needs} else "assumed"))
        return needs

    def storage(self) -> list[Need]:
        """What is kept."""
        of, asked = self.of, self.asked
        year = asked.listeners * asked.listens_per_day * 365
        listens = year * asked.years * of("listen_bytes") / GB
        people = asked.listeners * of("listener_bytes") / GB
        catalogue = asked.tracks * of("track_bytes") / GB
        day = asked.listeners * asked.listens_per_day * LISTEN_S / 60 * asked.questions_per_minute
        exposures = day * asked.exposure_days * of("exposure_bytes") / GB
        disk = 1.3 * (listens + people + catalogue + exposures)
        memory = people + catalogue + 0.1 * min(listens, year * of("listen_bytes") / GB) + 0.02 * exposures + 1
        size = self.basis("listen_bytes", "listener_bytes")
        return [
            Need("listens on the disk", listens, "GB", f"{of('listen_bytes'):.0f} B each, kept for {_years(asked.years)}",
                 self.basis("listen_bytes")),
            Need("growth by listens", year * of("listen_bytes") / GB, "GB a year", "", self.basis("listen_bytes")),
            Need("listeners on the disk", people, "GB", f"{of('listener_bytes'):,.0f} B each", self.basis("listener_bytes")),
            Need("catalogue on the disk", catalogue, "GB", f"{asked.tracks:,} tracks, {of('track_bytes'):,.0f} B each",
                 self.basis("track_bytes")),
            Need("exposures on the disk", exposures, "GB", f"{day:,.0f} a day, {of('exposure_bytes'):,.0f} B each, kept for"
                 f" {asked.exposure_days:g} days", self.basis("exposure_bytes")),
            Need("disk of the database", disk, "GB", "all of these, and 30% to spare", size),
            Need("memory of the database", memory, "GB", "people, catalogue, a tenth of a year's listens, 2% of exposures", size),
            Need("cores of the database", max((self.questions * 0.4 + self.listens) / 1000 / asked.busy, 1), "",
                 "0.4 ms a question, 1 ms a listen", "assumed"),
            Need("memory of Redis", 0.1 + asked.listeners * asked.active * 2000 / GB, "GB", "2 kB each who is active", "assumed"),
        ]  # fmt: skip

    def training(self) -> list[Need]:
        """What learning takes: a line through two measured sizes (3M pairs of 100,000 tracks; 5M of a million)."""
        tracks, pairs = self.asked.tracks / 1e6, self.asked.listeners * self.asked.pairs / 1e6
        how = f"{pairs:,.0f} million pairs; a line through benchmarks of 3 and 5 million, drawn out this far"
        return [
            Need("memory for training", 1 + 6.2 * tracks + 0.6 * pairs, "GB", how, "assumed"),
            Need(
                "hours of training",
                (60 + 330 * tracks + 50 * pairs) / 3600,
                "h",
                "each night, on two cores like those",
                "assumed",
            ),
        ]


def _years(number: float) -> str:
    return "a year" if number == 1 else f"{number:g} years"


def _amounts(needs: tuple[Need, ...]) -> dict[str, float]:
    return {one.name: one.amount for one in needs}


def _database(needs: tuple[Need, ...], classes: tuple[Machine, ...]) -> Machine:
    """The smallest class with enough of everything, or the largest."""
    of = _amounts(needs)
    memory, cores = of["memory of the database"], of["cores of the database"]
    return next((one for one in classes if one.memory_gb >= memory and one.cores >= cores), classes[-1])


def _items(needs: tuple[Need, ...], asked: Assumed, prices: Prices, database: Machine) -> tuple[Item, ...]:
    of, unit = _amounts(needs), prices.unit
    machines = of["web machines"] + of["worker machines"]
    hours = of["memory for training"] * of["hours of training"] * 30
    letters = asked.listeners * asked.active * 52 / 12
    traffic = of["questions"] * 30e3 * 86_400 * 30 * 0.4 / GB
    disk = of["disk of the database"]
    return (
        Item("Machines for web and workers", machines, f"of {prices.machine.cores:g} cores", machines * prices.machine.month),
        Item("Database", 2, f"{database.name}, one of them standing by", 2 * database.month),
        Item("Disk of the database", 2 * disk, "GB", 2 * disk * unit.disk_gb_month),
        Item("Backups", 7 * disk / 2, "GB, a week of them at half the size", 7 * disk / 2 * unit.backup_gb_month),
        Item("Redis", of["memory of Redis"], "GB", of["memory of Redis"] * unit.redis_gb_month),
        Item("Training", hours, "GB-hours", hours * unit.training_gb_hour),
        Item("Traffic of pages and answers", traffic, "GB", traffic * unit.traffic_gb),
        Item("Letters", letters, "", letters / 1000 * unit.letters_1000),
        Item("Load balancer", 1, "", unit.balancer_month),
    )  # fmt: skip


def _lacking(sums: _Sums, needs: tuple[Need, ...], database: Machine, prices: Prices) -> list[str]:
    of = _amounts(needs)
    said = ["Audio is not in it: neither its disk nor its traffic."]
    if sums.raw.tracks and sums.asked.tracks > sums.raw.tracks:
        said.append(f"Measured with {sums.raw.tracks:,} tracks: with {sums.asked.tracks:,}, an answer is taken to last"
                    f" {sums.more_ms:.1f} ms longer, and a process to hold {sums.more_mb:,.0f} MB more.")  # fmt: skip
    if database.memory_gb < of["memory of the database"] or database.cores < of["cores of the database"]:
        said.append(
            f"The database is larger than the largest class with a price ({database.name}): it wants parts, or a shorter memory."
        )
    if of["listens at the busiest moment"] > sums.of("listens_per_s"):
        said.append(f"One connection commits {sums.of('listens_per_s'):,.0f} listens a second here, each by itself: the"
                    f" busiest moment needs several at once, as PostgreSQL takes them, and SQLite does not.")  # fmt: skip
    if sums.asked.listeners * sums.asked.pairs > 100e6:
        said.append("Training was measured up to five million pairs: what it takes at this size is a guess. Learn from some of the"
                    " listeners, or try it before you promise it.")  # fmt: skip
    if sums.raw.database == "sqlite" and sums.asked.listeners > 1000:
        said.append("Measured on SQLite; so many listeners want PostgreSQL: measure again with DATABASE_URL.")
    return said


def names(kind: type) -> list[str]:
    """Of the fields of a dataclass."""
    return [one.name for one in fields(kind)]


def measured_of(said: dict[str, Any]) -> Measured:
    """A measurement as it was kept: what is not known any more is left out."""
    return Measured(**{name: said[name] for name in names(Measured) if name in said})

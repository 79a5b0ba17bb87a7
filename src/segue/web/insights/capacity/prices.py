"""Prices out of a file that people edit."""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from segue.errors import BadFile

OURS = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Machine:
    """Something with cores and memory that is paid by the month."""

    cores: float
    memory_gb: float
    month: float
    name: str = "machine"


@dataclass(frozen=True)
class Unit:
    """Prices of a unit, in the currency."""

    disk_gb_month: float
    backup_gb_month: float
    redis_gb_month: float
    training_gb_hour: float
    traffic_gb: float
    letters_1000: float
    balancer_month: float


@dataclass(frozen=True)
class Prices:
    """All prices; classes of databases from the smallest to the largest."""

    date: str
    currency: str
    machine: Machine
    database: tuple[Machine, ...]
    unit: Unit


def read(path: Path = OURS) -> Prices:
    """Prices from a file in TOML. Raises `BadFile`, which names what is wrong with it."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadFile(f"{path}: is not there") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: is no TOML: {error}") from error
    date, currency = said.get("date"), said.get("currency")
    if not isinstance(date, dt.date) or not isinstance(currency, str):
        raise BadFile(f'{path}: lacks a date (date = 2026-11-01) or a currency (currency = "EUR")')
    databases = said.get("database")
    if not isinstance(databases, list) or not databases:
        raise BadFile(f"{path}: lacks a [[database]]")
    classes = [_of(Machine, one, f"{path}: [[database]]") for one in databases]
    return Prices(
        date.isoformat(), currency, _of(Machine, said.get("machine"), f"{path}: [machine]"),
        tuple(sorted(classes, key=lambda one: (one.memory_gb, one.cores))), _of(Unit, said.get("unit"), f"{path}: [unit]"),
    )  # fmt: skip


def _of(kind: type, said: Any, where: str) -> Any:
    names = {one.name for one in fields(kind)}
    if not isinstance(said, dict):
        raise BadFile(f"{where} is not there")
    if unknown := sorted(set(said) - names):
        raise BadFile(f"{where} has {unknown[0]!r}, which nothing is called; there is {', '.join(sorted(names))}")
    if lacking := sorted(names - set(said) - {"name"}):
        raise BadFile(f"{where} lacks {lacking[0]}")
    for name, value in said.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        least = 0 if name not in {"cores", "memory_gb"} else 0.001
        if name != "name" and not (number and value >= least):
            raise BadFile(f"{where}: {name} must be a number of {least:g} or more, not {value!r}")
    return kind(**said)

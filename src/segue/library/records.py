"""Frozen dataclasses of arrays on disk, memory-mapped when read back: loading can never run code."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from scipy import sparse

from segue.errors import BadSnapshot
from segue.library.arrays import load_array, load_csr, save_array, save_csr

Record = TypeVar("Record")


def save_record(record: Any, path: Path) -> None:
    """Write a dataclass whose fields are arrays, CSR matrices, or what JSON can hold, into a new directory."""
    path.mkdir(parents=True)
    stored: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            save_array(value, path, field.name)
            stored[field.name] = {"is": "array"}
        elif isinstance(value, sparse.csr_array):
            save_csr(value, path, field.name)
            stored[field.name] = {"is": "csr", "shape": list(value.shape)}
        else:
            stored[field.name] = {"is": "value", "value": value}
    (path / "record.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")


def load_record(kind: type[Record], path: Path) -> Record:
    """What `save_record` wrote. Raises `BadSnapshot` when it is damaged or is not of this kind."""
    try:
        stored = json.loads((path / "record.json").read_text(encoding="utf-8"))
        return kind(**{name: _value(entry, path, name) for name, entry in stored.items()})
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSnapshot(f"{path} does not hold a {kind.__name__} this version can read: {error!r}") from error


def _value(stored: dict[str, Any], path: Path, name: str) -> Any:
    if stored["is"] == "array":
        return load_array(path, name)
    if stored["is"] == "csr":
        n_rows, n_columns = stored["shape"]
        return load_csr(path, name, (n_rows, n_columns))
    value = stored["value"]
    return tuple(value) if isinstance(value, list) else value

"""Saves and loads what models learned, as plain arrays: loading can never run code.

A model becomes a directory: `model.json` (kind and name, parameters, plain values) and one `.npy` per array; a CSR
matrix is three of them; a model inside a model (as in a blend) is a directory inside. Arrays are memory-mapped when
loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from segue.errors import BadSnapshot, UnknownModel
from segue.library.arrays import load_array, load_csr, save_array, save_csr
from segue.recommenders.base import PredictsRatings, Recommender
from segue.recommenders.registry import name_of, parameters_of, rating_predictors, recommenders

OFFERED: dict[str, Callable[[], dict[str, Any]]] = {"recommender": recommenders, "rating predictor": rating_predictors}


def save(model: Recommender | PredictsRatings, path: Path) -> None:
    """Write a fitted recommender or rating predictor to a new directory."""
    path.mkdir(parents=True)
    learned = {}
    for field in fields(model):  # type: ignore[arg-type]
        if not field.init:
            learned[field.name] = _save_value(getattr(model, field.name), path, field.name)
    document = {_kind(model): name_of(model), "parameters": parameters_of(model), "learned": learned}
    (path / "model.json").write_text(json.dumps(document, indent=1))


def load(path: Path) -> Recommender:
    """Read a recommender that `save` wrote. Raises `BadSnapshot` when it is damaged or of one that is not there."""
    model: Recommender = _load(path, "recommender")
    return model


def load_rating_predictor(path: Path) -> PredictsRatings:
    """Read a rating predictor that `save` wrote. Raises `BadSnapshot` as `load` does."""
    model: PredictsRatings = _load(path, "rating predictor")
    return model


def _kind(model: object) -> str:
    return "rating predictor" if isinstance(model, PredictsRatings) else "recommender"


def _load(path: Path, kind: str) -> Any:
    try:
        document = json.loads((path / "model.json").read_text())
        model = OFFERED[kind]()[document[kind]](**document["parameters"])
        for name, stored in document["learned"].items():
            object.__setattr__(model, name, _load_value(stored, path, name))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, UnknownModel) as error:
        raise BadSnapshot(f"{path} does not hold a {kind} this version can read: {error!r}") from error
    return model


def _save_value(value: Any, path: Path, name: str) -> Any:
    if isinstance(value, np.ndarray):
        save_array(value, path, name)
        return {"is": "array"}
    if isinstance(value, sparse.csr_array):
        save_csr(value, path, name)
        return {"is": "csr", "shape": list(value.shape)}
    if isinstance(value, Recommender | PredictsRatings):
        save(value, path / name)
        return {"is": _kind(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {"is": "list", "parts": [_save_value(part, path, f"{name}.{i}") for i, part in enumerate(value)]}
    if isinstance(value, Mapping):
        return {"is": "dict", "parts": {key: _save_value(part, path, f"{name}.{key}") for key, part in value.items()}}
    if value is None or isinstance(value, bool | int | float | str):
        return {"is": "value", "value": value}
    raise TypeError(f"{name}: a {type(value).__name__} cannot be saved; learn arrays, matrices or plain values")


def _load_value(stored: dict[str, Any], path: Path, name: str) -> Any:
    kind = stored["is"]
    if kind == "array":
        return load_array(path, name)
    if kind == "csr":
        n_rows, n_columns = stored["shape"]
        return load_csr(path, name, (n_rows, n_columns))
    if kind in OFFERED:
        return _load(path / name, kind)
    if kind == "list":
        return [_load_value(part, path, f"{name}.{i}") for i, part in enumerate(stored["parts"])]
    if kind == "dict":
        return {key: _load_value(part, path, f"{name}.{key}") for key, part in stored["parts"].items()}
    return stored["value"]

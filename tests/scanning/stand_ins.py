"""Ears for tests: quick, and each with a fault of its own. Workers import them by name."""

import os
import signal
from pathlib import Path

import soundfile

from segue.errors import BadFile

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}


def hears(path: Path) -> dict:
    """Length and format, and an energy that depends on the name."""
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise BadFile(f"{path}: is broken: {error.error_string}") from error
    return {
        "duration_ms": round(info.duration * 1000), "sample_rate": info.samplerate, "channels": info.channels,
        "energy": len(path.stem) / 10, "tempo": float("nan"), "valence": 7.0, "sound": (0.5, 0.25),
    }  # fmt: skip


def crashes(path: Path) -> dict:
    """Dies of what its name says."""
    if path.stem.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, path.stem))
    if path.stem == "exit":
        os._exit(3)
    return hears(path)


def fails(path: Path) -> dict:
    """Raises what its name says."""
    raise {"MemoryError": MemoryError, "ValueError": ValueError}[path.stem]("so it goes")


def tells_its_threads(path: Path) -> dict:
    print("to standard output, which nobody should see")  # noqa: T201
    return {"threads": os.environ["OPENBLAS_NUM_THREADS"], "pid": os.getpid()}


def hears_more(path: Path) -> dict:
    """As a newer version would."""
    heard = hears(path)
    return {**heard, "energy": heard["energy"] + 0.5}

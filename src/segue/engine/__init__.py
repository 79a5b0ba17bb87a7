"""Training a Library into a Snapshot, and serving from one."""

from segue.engine.engine import Engine
from segue.engine.request import (
    Answer,
    Context,
    Controls,
    Exclusion,
    Exclusions,
    History,
    Listen,
    Recommendation,
    Request,
)
from segue.engine.snapshot import Snapshots
from segue.engine.train import train

__all__ = [
    "Answer", "Context", "Controls", "Engine", "Exclusion", "Exclusions", "History", "Listen", "Recommendation", "Request",
    "Snapshots", "train",
]  # fmt: skip

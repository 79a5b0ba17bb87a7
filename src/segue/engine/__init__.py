"""Training a Library into a Snapshot, and serving from one."""

from segue.engine.engine import Engine, Recommendation
from segue.engine.snapshot import Snapshots
from segue.engine.train import train

__all__ = ["Engine", "Recommendation", "Snapshots", "train"]

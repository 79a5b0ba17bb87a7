"""Outside formats, in and out: one module per format, found by looking at the file."""

from segue.sources.base import Reading, Rejects, Source
from segue.sources.registry import read, readers

__all__ = ["Reading", "Rejects", "Source", "read", "readers"]

"""How much memory a piece of work took at its peak."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
RESET_PEAK = "5"


def reset_peak() -> None:
    """Forget the peak so far, where the system can (Linux); elsewhere the peak stays that of the whole process."""
    try:
        CLEAR_REFS.write_text(RESET_PEAK)
    except OSError:
        return


def peak_rss_mb() -> float:
    """The highest resident memory of this process since `reset_peak`, in MB."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return size / (1024**2 if sys.platform == "darwin" else 1024)
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024

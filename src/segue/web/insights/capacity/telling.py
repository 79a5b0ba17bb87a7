"""What was measured and assumed, in words."""

from __future__ import annotations

from segue.web.insights.capacity.needs import Measured, filled

ASSUMPTIONS = {
    "listeners": "listeners with an account",
    "tracks": "tracks in the catalogue",
    "listens_per_day": "listens a day of each, on average",
    "peak": "share of them that listens at the busiest moment",
    "questions_per_minute": "pages and next tracks a minute, of one who listens",
    "years": "years that listens are kept",
    "exposure_days": "days that it is kept what was shown",
    "busy": "share of a core used at the busiest moment",
    "active": "share of listeners who have mixes made each week, and a letter",
    "mix_hours": "hours in which all mixes are made",
    "pairs": "different tracks played by each listener, to learn from",
}
_MEASURED = (
    ("answers_per_s", "a second", "first answers of one process, with reasons"),
    ("p50_ms", "ms", "the middle one took"),
    ("p95_ms", "ms", "95 of 100 took no longer than"),
    ("p99_ms", "ms", "99 of 100 took no longer than"),
    ("answer_cpu_ms", "ms of a core", "each of them"),
    ("frame_cpu_ms", "ms of a core", "all that a request takes besides"),
    ("mixes_cpu_ms", "ms of a core", "the mixes of a week for one listener"),
    ("listens_per_s", "a second", "listens written over one connection, each on the disk before the next"),
    ("listens_in_batches_per_s", "a second", "listens written 100 at a time"),
    ("process_mb", "MB", "memory of a process"),
    ("process_own_mb", "MB", "of that, not shared with other processes"),
    ("listen_bytes", "B", "a listen on the disk"),
    ("listener_bytes", "B", "a listener on the disk"),
    ("track_bytes", "B", "a track on the disk"),
    ("exposure_bytes", "B", "a page that was shown, on the disk"),
)


def measurements(measured: Measured) -> list[tuple[str, float, str, bool]]:
    """What, how much, of which unit, and whether it was measured; what is neither measured nor needed is left out."""
    full = filled(measured)
    return [
        (name, float(value), unit, getattr(measured, field) is not None)
        for field, unit, name in _MEASURED
        if (value := getattr(full, field)) is not None
    ]

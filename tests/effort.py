"""How thoroughly properties are tried: a part of all examples on each run, all of them with SEGUE_TEST_EFFORT=1."""

import os

EFFORT = float(os.environ.get("SEGUE_TEST_EFFORT", "0.25"))


def examples(full: int) -> int:
    """So many of `full`: at least 3."""
    return max(3, round(full * EFFORT))

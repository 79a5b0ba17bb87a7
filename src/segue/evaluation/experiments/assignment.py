"""Who gets which variant: a stable hash, the same on every machine and for ever."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence


def bucket(unit: str, salt: str) -> float:
    """A number in [0, 1) of a unit: even over units, and independent between salts.

    Layers that exclude each other take ranges of one salt: `low <= bucket(unit, layer) < high`.
    """
    # The length goes first, so that no two pairs of salt and unit are the same text.
    text = f"{len(salt)}:{salt}{unit}".encode()
    number = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
    return (number >> 11) / 2**53


def assign(unit: str, salt: str, shares: Sequence[float]) -> int | None:
    """The place of the unit's variant in `shares`, or None when it is not in the experiment.

    `shares` are each variant's part of all units and sum to at most 1. Whether a unit is in, and which variant it has, are two
    hashes: while all shares grow together, whoever is in stays in and keeps the variant. Raises ValueError for impossible shares.
    """
    total = math.fsum(shares)
    if not shares or min(shares) < 0 or total > 1 + 1e-9:
        raise ValueError(f"shares must be at least 0 and sum to at most 1: {list(shares)}")
    if bucket(unit, f"{salt}:in") >= total:
        return None
    place, passed = bucket(unit, f"{salt}:variant") * total, 0.0
    for variant, share in enumerate(shares):
        passed += share
        if place < passed:
            return variant
    # Rounding only: the last variant that has a share.
    return max(variant for variant, share in enumerate(shares) if share > 0)

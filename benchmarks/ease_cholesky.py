"""EASE on 10,000 items beside the bare Cholesky inverse (potrf and potri, float32) of a matrix of that size.

Ours reads the interactions, makes the Gram matrix, inverts it, and keeps the largest weights of each item.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import lapack

from benchmarks.generated import as_interactions, generate
from benchmarks.measure import Meter, measure, parser, report
from segue.recommenders.ease import EASE

SIZE = (20_000, 10_000, 1_000_000)


def bare_inverse(meter: Meter) -> None:
    """Only the inverse, of a matrix that is there already."""
    matrix = generate(*SIZE)
    gram = np.asarray((matrix.T @ matrix).toarray(), dtype=np.float32)
    gram[np.diag_indices_from(gram)] += 1_000
    meter.start()
    with meter.phase("fit"):
        factor, failed = lapack.spotrf(gram.T, overwrite_a=1, clean=0)
        lapack.spotri(factor, overwrite_c=1)
    if failed:
        raise ArithmeticError("the Gram matrix is not positive definite")


def ease(meter: Meter) -> int:
    """Everything; compiled before, on a small set."""
    EASE().fit(as_interactions(generate(60, 40, 500)))
    interactions = as_interactions(generate(*SIZE))
    meter.start()
    with meter.phase("fit"):
        model = EASE().fit(interactions)
    return int(model.weights.nnz)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__).parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for name, function in (("bare inverse", bare_inverse), ("segue EASE", ease)):
        measured = min((measure(function) for _ in range(2)), key=lambda one: one.seconds["fit"])
        rows.append({"who": name, "s": measured.seconds["fit"], "peak MB above start": measured.peak_mb})
    report("EASE on 10,000 items", rows, options.json, ratio=rows[1]["s"] / rows[0]["s"], target_at_most=1.5)


if __name__ == "__main__":
    main()

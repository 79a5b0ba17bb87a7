"""ALS beside `implicit` called directly, on the same confidences: what our model adds to it.

20,000 listeners x 10,000 items, 1M listens, 64 factors, 15 iterations; the median of nine fits each.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.generated import as_interactions, generate
from benchmarks.measure import Meter, measure, parser, report
from segue.library.weighting import weigh
from segue.recommenders.als import ALS

SIZE = (20_000, 10_000, 1_000_000)
FITS = 9
PARAMETERS = {"factors": 64, "regularisation": 50.0, "confidence": 3.0, "iterations": 15}


def fits(meter: Meter) -> dict[str, list[float]]:
    """Wall seconds of each fit, the two in turn so that what else the machine does meets both."""
    interactions = as_interactions(generate(*SIZE))
    confidences = sparse.csr_matrix(weigh(interactions.matrix, "log") * PARAMETERS["confidence"])
    meter.start()
    taken: dict[str, list[float]] = {"implicit": [], "segue": []}
    for turn in range(FITS):
        for whose, seconds in taken.items():
            before = meter.seconds.get(whose, 0.0)
            with meter.phase(whose):
                if whose == "segue":
                    ALS(**PARAMETERS, seed=turn).fit(interactions)  # type: ignore[arg-type]
                else:
                    with threadpool_limits(1, "blas"):
                        AlternatingLeastSquares(
                            factors=64, regularization=50.0, alpha=1.0, iterations=15, random_state=turn
                        ).fit(confidences, show_progress=False)
            seconds.append(meter.seconds[whose] - before)
    return taken


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__).parse_args(arguments)
    taken = measure(fits).value
    rows: list[dict[str, Any]] = [
        {"who": whose, "fit s (median)": median(seconds), "fastest": min(seconds)} for whose, seconds in taken.items()
    ]
    ratio = rows[1]["fit s (median)"] / rows[0]["fit s (median)"]
    report("ALS, 64 factors, 15 iterations", rows, options.json, segue_by_implicit=ratio, target_at_most=1.05)


if __name__ == "__main__":
    main()

"""The statistics of experiments: pure functions of numbers, which know nothing of a database.

Assign by a stable hash, sum up each variant, compare as often as one likes, and say plainly what came of it. How good all of this
is, is measured by simulation in `benchmarks/experiments.py`.
"""

from segue.evaluation.experiments.assignment import assign, bucket
from segue.evaluation.experiments.corrections import corrected
from segue.evaluation.experiments.effects import Effect, compare
from segue.evaluation.experiments.interleaving import Interleaved, interleave, preference
from segue.evaluation.experiments.mismatches import Mismatch, mismatch
from segue.evaluation.experiments.off_policy import Estimate, doubly_robust, ips, snips
from segue.evaluation.experiments.planning import Plan, days_needed, power
from segue.evaluation.experiments.sequences import tuned
from segue.evaluation.experiments.summaries import Summary, summarise
from segue.evaluation.experiments.verdicts import Judged, Verdict, verdict

__all__ = [
    "Effect",
    "Estimate",
    "Interleaved",
    "Judged",
    "Mismatch",
    "Plan",
    "Summary",
    "Verdict",
    "assign",
    "bucket",
    "compare",
    "corrected",
    "days_needed",
    "doubly_robust",
    "interleave",
    "ips",
    "mismatch",
    "power",
    "preference",
    "snips",
    "summarise",
    "tuned",
    "verdict",
]

"""How a recording probably sounds to people: estimates, each a logistic of a weighted sum of measures.

Nobody's judgements were learned from. Which measures speak for what is from the literature; the constants say which value of
a measure is in the middle and how far the middle half of music goes, and were set by looking at orchestral, electronic and
metal recordings and at synthesised speech, song, drums and noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from segue.features.audio.measures import Measures

# One measure alone cannot decide: it counts at most so many steps.
MOST_STEPS = 3.0


@dataclass(frozen=True)
class Term:
    """`weight` times how many steps of `step` a measure lies above `middle`."""

    measure: str
    middle: float
    step: float
    weight: float

    def value(self, measures: Measures) -> float:
        """Between -3 and 3 times the weight."""
        steps = (getattr(measures, self.measure) - self.middle) / self.step
        return self.weight * min(max(steps, -MOST_STEPS), MOST_STEPS)


@dataclass(frozen=True)
class Estimate:
    """1 / (1 + exp(-(bias + the sum of the terms)))."""

    name: str
    meaning: str
    terms: tuple[Term, ...]
    bias: float = 0.0

    def value(self, measures: Measures) -> float:
        """Between 0 and 1."""
        return 1 / (1 + math.exp(-(self.bias + sum(term.value(measures) for term in self.terms))))


SPEECHINESS = Estimate(
    "speechiness",
    "How much of it is spoken",
    (
        # Syllables, pauses between them, and consonants beside vowels (Scheirer & Slaney 1997); a beat makes the first
        # two as well, so it speaks against.
        Term("syllabic", 0.35, 0.15, 0.9),
        Term("quiet", 0.3, 0.1, 0.6),
        Term("crossings_spread", 0.11, 0.04, 0.7),
        Term("pulse", 0.3, 0.15, -1.3),
        Term("low_pulse", 0.3, 0.2, -0.8),
    ),
    bias=-1.0,
)

VOICE = Estimate(
    "voice",
    "How likely somebody sings",
    (
        # Winds and strings glide as well: the middle lies above what orchestras do.
        Term("gliding", 0.16, 0.05, 0.9),
        Term("syllabic", 0.12, 0.1, 0.2),
    ),
    bias=-0.8,
)

ESTIMATES = (
    Estimate(
        "acousticness",
        "How acoustic it sounds: played on strings, winds and voices, not on drums, amplifiers and machines",
        (
            Term("percussive", 0.22, 0.08, -0.8),
            Term("flatness", -6.5, 2.0, -0.6),
            Term("pulse", 0.3, 0.15, -0.5),
            Term("low_pulse", 0.2, 0.15, -0.3),
            Term("bandwidth", 1.65, 0.2, -0.4),
            Term("level_spread", 5.5, 2.0, 0.3),
        ),
    ),
    Estimate(
        "danceability",
        "How easy it is to dance to: a clear, steady beat at a walking to running pace",
        (
            Term("fluctuation", 0.95, 0.2, -0.4),
            Term("pulse", 0.35, 0.15, 1.0),
            Term("low_pulse", 0.2, 0.15, 0.5),
            Term("percussive", 0.22, 0.08, 0.2),
            Term("tempo_from_dancing", 0.35, 0.2, -0.4),
        ),
    ),
    Estimate(
        "energy",
        "How intense it sounds: bright, noisy, busy",
        (
            Term("flatness", -6.5, 1.7, 0.8),
            Term("centroid", 2.9, 0.5, 0.5),
            Term("bandwidth", 1.65, 0.2, 0.5),
            Term("percussive", 0.22, 0.08, 0.6),
            Term("change", 0.08, 0.02, 0.4),
            Term("level_spread", 5.5, 2.0, -0.2),
        ),
    ),
    Estimate(
        "liveness",
        "How likely it was played to an audience: a crowd or a hall between the sounds and at the ends",
        (
            Term("ends", -25.0, 10.0, 0.7),
            Term("ends_flatness", -5.5, 1.5, 0.7),
            Term("ambience", -5.5, 1.5, 0.7),
            Term("floor", -12.0, 5.0, 0.3),
        ),
        bias=-1.0,
    ),
    SPEECHINESS,
    Estimate(
        "valence",
        "How happy it sounds: major, lively, bright, not noisy",
        (
            Term("majorness", 0.0, 0.1, 0.8),
            Term("onsets", 4.2, 0.7, 0.3),
            Term("tempo", 110.0, 25.0, 0.3),
            Term("pulse", 0.3, 0.15, 0.3),
            Term("centroid", 2.8, 0.5, 0.3),
            Term("flatness", -6.5, 1.7, -0.4),
        ),
    ),
)


INSTRUMENTALNESS = "instrumentalness"
INSTRUMENTALNESS_MEANING = "How likely it is without words: neither sung nor spoken"


def estimates(measures: Measures) -> dict[str, float]:
    """Every estimate by name, each 0 to 1."""
    found = {estimate.name: estimate.value(measures) for estimate in ESTIMATES}
    found[INSTRUMENTALNESS] = (1 - VOICE.value(measures)) * (1 - SPEECHINESS.value(measures))
    return found

"""What each number of an Analysis means, and from what it is measured: the text of the documentation, made from the code."""

from __future__ import annotations

from dataclasses import dataclass

from segue.features.audio.measures import MEANINGS
from segue.features.audio.perception import (
    ESTIMATES,
    INSTRUMENTALNESS,
    INSTRUMENTALNESS_MEANING,
    SPEECHINESS,
    VOICE,
    Estimate,
)
from segue.features.audio.tempo import FASTEST, FASTEST_DOUBLED, NEARLY_AS_STRONG, SLOWEST


@dataclass(frozen=True)
class Definition:
    """One number: its unit (None for a plain number) and range (None where there is no bound)."""

    name: str
    unit: str | None
    minimum: float | None
    maximum: float | None
    meaning: str
    measured_from: str


BY_RULE = "An estimate by rule: no listener's judgement went into it"


def _measures_of(estimate: Estimate) -> str:
    """What it rises and falls with, what weighs most first; the constants are in `perception.py`."""
    terms = sorted(estimate.terms, key=lambda term: -abs(term.weight))
    rises = [MEANINGS[term.measure] for term in terms if term.weight > 0]
    falls = [MEANINGS[term.measure] for term in terms if term.weight < 0]
    parts = [f"{way} with {', '.join(measures)}" for way, measures in (("rises", rises), ("falls", falls)) if measures]
    return "; ".join(parts)


def _estimated(estimate: Estimate) -> Definition:
    return Definition(estimate.name, None, 0, 1, f"{estimate.meaning}. {BY_RULE}", _measures_of(estimate))


DEFINITIONS = (
    Definition("duration_ms", "ms", 0, None, "Length of what could be decoded", "the number of samples"),
    Definition("sample_rate", "Hz", 1, None, "Samples per second and channel", "the file"),
    Definition("channels", None, 1, None, "Number of channels", "the file"),
    Definition(
        "tempo", "beats per minute", SLOWEST, FASTEST,
        "Tempo; half or double of it may be what a listener taps",
        "the autocorrelation of the onsets of three bands and its multiples, under a prior about 115 BPM; a pulse twice or"
        f" three times as fast is taken up to {FASTEST_DOUBLED:g} BPM when it is at least {NEARLY_AS_STRONG:g} times as strong",
    ),
    Definition("tempo_confidence", None, 0, 1, "How clear the pulse is", MEANINGS["pulse"]),
    Definition("beats_ms", "ms", 0, None, "When the beats are", "dynamic programming on the onsets at one tempo"),
    Definition("key", None, 0, 11, "Pitch class of the key, 0 is C", "peaks of the spectrum, tuned, and Temperley's profiles"),
    Definition("mode", None, 0, 1, "1 major, 0 minor", "the key profile that fits best"),
    Definition("key_confidence", None, 0, 1, "How sure the key is", "how well its profile fits, and how much better than the next"),
    Definition("loudness", "LUFS", -70, None, "Integrated loudness; the only number that depends on the level", "ITU-R BS.1770-4"),
    *(_estimated(estimate) for estimate in ESTIMATES),
    Definition(
        INSTRUMENTALNESS, None, 0, 1, f"{INSTRUMENTALNESS_MEANING}. {BY_RULE}",
        f"(1 - {SPEECHINESS.name}) x (1 - {VOICE.name}), where {VOICE.name} {_measures_of(VOICE)}",
    ),
    Definition(
        "sound", None, -3, 3, "How it sounds, as a vector: near in cosine or distance is alike",
        "mel cepstra and their changes, flatness of octave bands, spectral shape, modulation of the onsets by rate, pulse",
    ),
)  # fmt: skip

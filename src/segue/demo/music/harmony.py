"""Chords: progressions as musicians write them, and the notes that they are played with."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

_ROOTS = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_QUALITIES = {
    "": (), "6": (9,), "7": (10,), "maj7": (11,), "9": (10, 14), "maj9": (11, 14), "add9": (14,), "5": (),
    "o": (), "ø7": (10,), "sus": (),
}  # fmt: skip
_CHORD = re.compile(r"(b?)(VII|VI|IV|V|III|II|I)(maj7|maj9|add9|ø7|o|sus|[5679])?", re.IGNORECASE)

# Four bars each, one or two chords in a bar. Minor keys raise their seventh over V: that tells them from their relative major.
PROGRESSIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pop": (("I | V | vi | IV", "I | vi | IV | V", "I | IV | I | V", "I | iii | IV | V", "I | IV | vi V | I"),
            ("i | bVI | iv | V", "i | iv | V | i", "i | bVI | iv V | i", "i | iv | bVI | V")),
    "rock": (("I | I | IV | V", "I | V | IV | I", "I | IV | V | IV", "I | vi | IV | V"),
             ("i | i | iv | V", "i | bVI | iv | V", "i | iv | i | V", "i | i | bVI V | i")),
    "metal": (("I | I | IV | V", "I | V | IV | I"),
              ("i | i | bVI | V", "i | iv | i | V", "i | i | iv V | i", "i | bVI | V | i")),
    "folk": (("I | IV | I | V", "I | V | IV | I", "I | vi | IV | V", "I | I | IV V | I"),
             ("i | iv | i | V", "i | i | iv V | i", "i | bVI | V | i")),
    "jazz": (("Imaj7 vi7 | ii7 V7 | Imaj7 | ii7 V7", "Imaj7 | ii7 V7 | Imaj7 vi7 | ii7 V7", "Imaj7 IVmaj7 | ii7 V7 | Imaj7 | Imaj7",
              "I6 | vi7 | ii7 | V7"),
             ("i | iiø7 V7 | i | iiø7 V7", "i | iv | iiø7 V7 | i", "i bVI | iiø7 V7 | i | i")),
    "soul": (("Imaj7 | ii7 | Imaj7 | IVmaj7", "Imaj7 | vi7 | ii7 | V7", "I6 | IV6 | ii7 V7 | I6", "Imaj7 | iii7 | ii7 | V7"),
             ("i | iv | i | V7", "i | bVI | iv | V7", "i | iiø7 V7 | i | V7")),
    "dance": (("I | V | vi | IV", "I | vi | ii | V", "I | I | IV | V"),
              ("i | bVI | iv | V", "i | i | iv | V", "i | iv | bVI | V")),
    "still": (("Iadd9 | IV | Iadd9 | V", "I | I | IV | I", "I | IV | I | Vsus"),
              ("i | i | iv | i", "i | bVI | i | V", "i | iv | i | V")),
    "classical": (("I | ii V | I | V", "I | IV V | I vi | ii V", "I | V | I IV | V I", "I vi | ii V | I IV | V I"),
                  ("i | iv V | i | V", "i | V | i iv | V i", "i bVI | iv V | i iv | V i")),
    "latin": (("I | V | V | I", "I6 | ii7 | V7 | I6", "I | IV | V | I", "Imaj7 | ii7 V7 | Imaj7 | V7"),
              ("i | V | V | i", "i | iv | V | i", "i | iiø7 V7 | i | V7")),
}  # fmt: skip


class Chord(NamedTuple):
    """A chord: semitones of its root above the tonic, its notes above its root, when it begins and how long it lasts (beats)."""

    root: int
    notes: tuple[int, ...]
    start: float
    beats: float

    @property
    def classes(self) -> frozenset[int]:
        """Its pitch classes, above the tonic."""
        return frozenset((self.root + one) % 12 for one in self.notes)


def progression(text: str) -> list[Chord]:
    """The chords of four bars of four beats."""
    found = []
    for bar, said in enumerate(text.split("|")):
        symbols = said.split()
        beats = 4 / len(symbols)
        found += [_chord(one, 4 * bar + place * beats, beats) for place, one in enumerate(symbols)]
    return found


def _chord(symbol: str, start: float, beats: float) -> Chord:
    match = _CHORD.fullmatch(symbol)
    if match is None:
        raise ValueError(f"{symbol!r} is no chord")
    flat, numeral, quality = match[1], match[2], match[3] or ""
    third = 4 if numeral.isupper() else 3
    triad = {"o": (0, 3, 6), "ø7": (0, 3, 6), "sus": (0, 5, 7), "5": (0, 7)}.get(quality, (0, third, 7))
    return Chord((_ROOTS[numeral.upper()] - len(flat)) % 12, (*triad, *_QUALITIES[quality]), start, beats)


def voiced(chord: Chord, key: int, middle: float, before: list[int]) -> list[int]:
    """The chord as MIDI notes about `middle`: each as near as can be to where the hand was before."""
    at = float(np.mean(before)) if before else middle
    at = 0.6 * middle + 0.4 * at
    classes = [(key + chord.root + one) % 12 for one in chord.notes]
    if len(classes) > 4:
        classes = [*classes[1:]]
    lowest = round(at) - 6
    return sorted(lowest + (one - lowest) % 12 for one in dict.fromkeys(classes))


def bass_note(chord: Chord, key: int, lowest: int = 31) -> int:
    """Its root, at or above the lowest note of a bass."""
    root = (key + chord.root) % 12
    return lowest + (root - lowest) % 12

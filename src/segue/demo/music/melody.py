"""Melodies: a motif that is repeated and varied over the chords, in phrases that come back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segue.demo.music.harmony import Chord

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8)
"""In minor the seventh is sung only where a chord has it: it may be the one or the other."""
FIVE_MAJOR, FIVE_MINOR = (0, 2, 4, 7, 9), (0, 2, 3, 5, 7)

# Bars in beats: when notes begin, and how long they last; calm ones first.
_RHYTHMS = (
    ((0, 3),),
    ((0, 2), (2, 2)),
    ((0, 1.5), (1.5, 0.5), (2, 2)),
    ((0, 1), (1, 1), (2, 1.5)),
    ((0, 1), (1, 1), (2, 1), (3, 1)),
    ((0, 1.5), (1.5, 0.5), (2, 1), (3, 1)),
    ((0, 0.5), (0.5, 0.5), (1, 1), (2, 1), (3, 0.5)),
    ((0.5, 0.5), (1, 1), (2, 0.5), (2.5, 1)),
    ((0, 0.75), (0.75, 0.75), (1.5, 0.5), (2, 1), (3, 0.5), (3.5, 0.5)),
    ((0, 0.5), (0.5, 0.5), (1, 0.5), (1.5, 0.5), (2, 1), (3, 1)),
    ((0, 0.5), (0.5, 0.5), (1, 0.5), (1.5, 0.5), (2, 0.5), (2.5, 0.5), (3, 1)),
)


class Note(NamedTuple):
    """A note: when (beats from the start of its phrase), for how long, its pitch (MIDI), and how hard, 0 to 1."""

    start: float
    beats: float
    pitch: int
    force: float


class Singer:
    """Writes the phrases of one piece: each theme has its motif."""

    def __init__(self, key: int, mode: int, busy: float, five: bool, rng: np.random.Generator) -> None:  # noqa: FBT001
        self.key, self.rng = key, rng
        self.scale = (FIVE_MAJOR if mode else FIVE_MINOR) if five else (MAJOR if mode else MINOR)
        place = busy * (len(_RHYTHMS) - 4)
        self.rhythms = _RHYTHMS[int(place) : int(place) + 4]

    def theme(self, chords: list[Chord], low: int, *, ends: bool) -> list[Note]:
        """A phrase of four bars: the motif, the motif on the next chord, a variation, and a close; on the tonic where it ends."""
        rng = self.rng
        motif = self.rhythms[rng.integers(len(self.rhythms))]
        other = self.rhythms[rng.integers(len(self.rhythms))]
        steps = np.clip(rng.choice([-2, -1, -1, 0, 1, 1, 2], 8), -2, 2)
        notes: list[Note] = []
        at = low + 7
        for bar in range(4):
            rhythm = motif if bar < 2 else other if bar == 2 else ((0, 1), (1, 2.5))
            moves = steps if bar != 2 else -steps
            for place, (start, beats) in enumerate(rhythm):
                when = 4 * bar + start
                last = bar == 3 and place == len(rhythm) - 1
                at = self._pitch(at + 2 * int(moves[place % 8]), low, _at(chords, when), when, home=last and ends)
                notes.append(Note(when, beats, at, float(0.62 + 0.16 * (start % 2 == 0) + 0.1 * rng.random())))
        return notes

    def varied(self, notes: list[Note], chords: list[Chord], low: int) -> list[Note]:
        """The same, with a note here and there led up to by its neighbour."""
        found: list[Note] = []
        for note in notes:
            if note.beats >= 1 and self.rng.random() < 0.22:
                half = note.beats / 2
                step = self._pitch(note.pitch + 2, low, _at(chords, note.start + half), note.start + half, home=False)
                found += [note._replace(beats=half), Note(note.start + half, half, step, note.force * 0.9)]
            else:
                found.append(note)
        return found

    def _pitch(self, wish: int, low: int, chord: Chord, when: float, *, home: bool) -> int:
        """The note nearest to the wish that fits: on a beat a note of the chord, between beats one of the scale."""
        heavy = when % 1 == 0
        classes = (
            {0} if home else set(chord.classes) if heavy else {*self.scale, *(c for c in chord.classes if c != 10)}
        )
        wish = min(max(wish, low), low + 16)
        near = [note for note in range(low - 1, low + 18) if (note - self.key) % 12 in classes]
        return min(near, key=lambda note: (abs(note - wish), note))


def _at(chords: list[Chord], when: float) -> Chord:
    return next(chord for chord in reversed(chords) if chord.start <= when + 1e-9)

"""What instruments do with chords: held, strummed, picked, walked. Each figure turns a chord into notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.demo.music.harmony import Chord
from segue.demo.music.melody import Note


@dataclass(frozen=True)
class Held:
    """What a figure knows: the chord, its notes (MIDI, rising), its root in the bass, that of the next chord, and chance."""

    chord: Chord
    notes: Sequence[int]
    root: int
    ahead: int
    rng: np.random.Generator

    @property
    def end(self) -> float:
        """When the chord ends, in beats."""
        return self.chord.start + self.chord.beats


Figure = Callable[[Held], list[Note]]


def _together(
    at: Held, pattern: Sequence[tuple[float, float, float]], notes: Sequence[int] | None = None
) -> list[Note]:
    """The chord's notes at each place of a pattern: (beat, beats, force), as far as it lasts."""
    found = []
    for start, beats, force in pattern:
        if start < at.chord.beats:
            last = min(beats, at.chord.beats - start)
            found += [Note(at.chord.start + start, last, one, force) for one in (at.notes if notes is None else notes)]
    return found


def _one(at: Held, pattern: Sequence[tuple[float, float, float, int]]) -> list[Note]:
    """A single line: (beat, beats, force, semitones above the root)."""
    return [
        Note(at.chord.start + start, min(beats, at.chord.beats - start), at.root + above, force)
        for start, beats, force, above in pattern if start < at.chord.beats
    ]  # fmt: skip


def _fifth(at: Held) -> int:
    return 6 if 6 in at.chord.notes else 7


def held(at: Held) -> list[Note]:
    """As long as the chord."""
    return _together(at, [(0, at.chord.beats, 0.7)])


def steady(at: Held) -> list[Note]:
    """On every beat, the first hardest."""
    return _together(at, [(beat, 0.95, 0.85 if beat == 0 else 0.7) for beat in range(4)])


def pulsed(at: Held) -> list[Note]:
    """A note on every beat."""
    return [
        Note(at.chord.start + beat, 1.2, at.notes[beat % len(at.notes)] + 12, 0.8 if beat % 2 == 0 else 0.65)
        for beat in range(int(at.chord.beats))
    ]  # fmt: skip


def rolled(at: Held) -> list[Note]:
    """Broken up and down in eighths; on the beats harder."""
    top = [*at.notes, at.notes[0] + 12]
    order = [*range(len(top)), *range(len(top) - 2, 0, -1)]
    return [
        Note(at.chord.start + place / 2, 1.1, top[order[place % len(order)]], 0.85 if place % 2 == 0 else 0.42)
        for place in range(int(2 * at.chord.beats))
    ]  # fmt: skip


def repeated(at: Held) -> list[Note]:
    """A cell of sixteenths that does not change."""
    cell = (0, 2, 1, 2)
    return [
        Note(at.chord.start + place / 4, 0.3, at.notes[cell[place % 4] % len(at.notes)], (0.95, 0.3, 0.45, 0.3)[place % 4])
        for place in range(int(4 * at.chord.beats))
    ]  # fmt: skip


def picked(at: Held) -> list[Note]:
    """As guitars are picked: the thumb on the beats, fingers between."""
    high = at.notes[-3:]
    found = []
    for beat in range(int(at.chord.beats)):
        thumb = at.root + 12 + (_fifth(at) if beat % 2 else 0)
        found.append(Note(at.chord.start + beat, 1.0, thumb, 0.9))
        found.append(Note(at.chord.start + beat + 0.5, 0.9, high[(beat * 2 + 1) % len(high)], 0.45))
        if beat % 2 == 0:
            found.append(Note(at.chord.start + beat, 1.2, high[-1], 0.55))
    return found


def strummed(at: Held) -> list[Note]:
    """Down on the beats, up between them; strings one after the other."""
    found = []
    for start, force in ((0, 0.95), (1, 0.75), (1.5, 0.4), (2, 0.85), (2.5, 0.35), (3, 0.75), (3.5, 0.4)):
        if start < at.chord.beats:
            strings = [*at.notes, at.notes[0] + 12]
            strings = strings if start % 1 == 0 else strings[::-1][:3]
            found += [
                Note(at.chord.start + start + 0.018 * place, 0.9 if start % 1 == 0 else 0.45, one, force)
                for place, one in enumerate(strings)
            ]
    return found


def chopped(at: Held) -> list[Note]:
    """Short, in sixteenths, as funk guitars are played."""
    pattern = [
        (0, 0.15, 0.8),
        (0.75, 0.12, 0.5),
        (1, 0.15, 0.85),
        (1.75, 0.12, 0.5),
        (2, 0.15, 0.8),
        (2.5, 0.12, 0.4),
        (3, 0.15, 0.85),
        (3.75, 0.1, 0.4),
    ]
    return _together(at, pattern, [one + 12 for one in at.notes[-3:]])


def charleston(at: Held) -> list[Note]:
    """On the first beat, and just before the third."""
    return _together(at, [(0, 1.2, 0.85), (1.5, 0.5, 0.55), (2, 1.6, 0.65 if at.rng.random() < 0.5 else 0.45)])


def offbeat(at: Held) -> list[Note]:
    """Between the beats, with a little on them."""
    return _together(at, [(beat + 0.5, 0.35, 0.7) for beat in range(4)])


def powered(at: Held) -> list[Note]:
    """Root, fifth and octave in eighths, the beats hardest."""
    root = at.root + 12 if at.root < 36 else at.root
    chord = (root, root + _fifth(at), root + 12)
    return _together(at, [(place / 2, 0.46, 0.95 if place % 2 == 0 else 0.5) for place in range(8)], chord)


def root(at: Held) -> list[Note]:
    """The root as long as the chord, struck anew in the middle of a bar."""
    return _one(at, [(0, 1.9, 0.95, 0), (2, 1.4, 0.7, 0), (3.5, 0.5, 0.6, 0)])


def root_fifth(at: Held) -> list[Note]:
    """Root and fifth in turn."""
    return _one(at, [(0, 1.4, 0.9, 0), (1.5, 0.5, 0.5, 0), (2, 1.4, 0.8, _fifth(at)), (3.5, 0.5, 0.5, _fifth(at))])


def bass_eighths(at: Held) -> list[Note]:
    """The root in eighths."""
    return _one(at, [(place / 2, 0.44, 0.92 if place % 2 == 0 else 0.55, 0) for place in range(8)])


def octaves(at: Held) -> list[Note]:
    """The root below on the beats, above between them."""
    return _one(at, [(place / 2, 0.42, 0.92 if place % 2 == 0 else 0.5, 12 * (place % 2)) for place in range(8)])


def bass_offbeat(at: Held) -> list[Note]:
    """The root between the beats: the bass drum has those."""
    return _one(at, [(beat + 0.5, 0.42, 0.85, 0) for beat in range(4)])


def syncopated(at: Held) -> list[Note]:
    """A line that hurries ahead of the third beat and rests before the next bar."""
    line = [
        (0, 0.7, 0.95, 0),
        (0.75, 0.2, 0.5, 0),
        (1.5, 0.4, 0.7, _fifth(at)),
        (2, 0.7, 0.8, 0),
        (2.75, 0.25, 0.5, 12),
        (3, 0.6, 0.7, _fifth(at)),
    ]
    return _one(at, line)


def walking(at: Held) -> list[Note]:
    """A note on every beat, which leads to the next root from a semitone or tone beside it."""
    third, fifth = at.chord.notes[1], _fifth(at)
    line = [0, third, fifth, third][: int(at.chord.beats)]
    notes = [at.root + above for above in line]
    if len(notes) > 1 and at.ahead != at.root:
        notes[-1] = at.root + fifth if len(notes) == 2 else at.ahead + (2 if notes[-2] > at.ahead else 0) or notes[-1]
    return [Note(at.chord.start + beat, 0.92, one, 0.9 if beat % 2 == 0 else 0.8) for beat, one in enumerate(notes)]


FIGURES: dict[str, Figure] = {
    "held": held, "steady": steady, "pulsed": pulsed, "rolled": rolled, "repeated": repeated, "picked": picked,
    "strummed": strummed, "chopped": chopped, "charleston": charleston, "offbeat": offbeat, "powered": powered,
}  # fmt: skip
BASSES: dict[str, Figure] = {
    "held": lambda at: _one(at, [(0, at.chord.beats, 0.8, 0)]),
    "steady": lambda at: _one(at, [(beat, 0.95, 0.8, 0) for beat in range(4)]),
    "root": root, "root fifth": root_fifth, "eighths": bass_eighths, "octaves": octaves, "offbeat": bass_offbeat,
    "syncopated": syncopated, "walking": walking,
}  # fmt: skip

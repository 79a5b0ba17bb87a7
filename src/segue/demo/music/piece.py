"""A piece from beginning to end: its form, who plays when, and what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.demo.music.drums import BEATS, LEVELS, PANS, kit
from segue.demo.music.figures import BASSES, FIGURES, Held
from segue.demo.music.harmony import PROGRESSIONS, Chord, bass_note, progression, voiced
from segue.demo.music.melody import Note, Singer
from segue.demo.music.mixing import Desk, ducking
from segue.demo.music.sound import BARS_OF_PHRASE, BEATS_OF_BAR, RATE, TAIL_S, Sound, length_ms, phrases
from segue.demo.music.styles import Part, Style, style_of
from segue.demo.music.tones import VOICES, Wave, note_of

BEATS_OF_PHRASE = BARS_OF_PHRASE * BEATS_OF_BAR


@dataclass(frozen=True)
class Section:
    """Four bars: which theme, how full (0 the least, 2 the most), whether somebody leads, and whether it is the last."""

    theme: str
    full: int
    leads: bool
    last: bool = False


def form(n: int) -> list[Section]:
    """A form of so many phrases: an opening, two themes in turn, a rest on the way, and a close."""
    if n < 4:
        return [Section("A", 1, leads=True, last=place == n - 1) for place in range(n)]
    inner = [
        Section("A" if place % 4 < 2 else "B", 2 if place % 4 >= 2 else 1, leads=True) for place in range(n - 2)
    ]  # fmt: skip
    if n >= 9:
        inner[(n - 2) * 3 // 5] = Section("A", 0, leads=True)
    return [Section("A", 0, leads=False), *inner, Section("A", 1, leads=True, last=True)]


class Band:
    """Plays one piece onto a desk."""

    def __init__(self, sound: Sound, seed: int) -> None:
        self.sound, self.rng = sound, np.random.default_rng([seed, 7919])
        self.style: Style = style_of(sound.genre, sound.subgenre)
        self.n = length_ms(sound) * RATE // 1000
        self.desk = Desk(self.n)
        self.beat = BEATS[self.style.beat]
        self.kicks: list[int] = []
        self._waves: dict[tuple[str, int, int, int], Wave] = {}
        choices = PROGRESSIONS[self.style.harmony][1 - sound.mode]
        first, second = self.rng.permutation(len(choices))[:2]
        self.chords = {"A": progression(choices[first]), "B": progression(choices[second])}
        close = [chord for chord in self.chords["A"] if chord.start < 8]
        home = progression("I | I | V | I" if sound.mode else "i | i | V | i")
        self.chords["close"] = [*close, *(chord for chord in home if chord.start >= 8)]
        self.drums = kit(self.rng, self.style.electronic)
        self.middle = 58 + 4 * sound.valence + self.rng.integers(-1, 2)

    def play(self) -> np.ndarray:
        """The piece: float32, shape (n, 2)."""
        sections = form(phrases(self.sound))
        tunes = self._tunes()
        for place, section in enumerate(sections):
            at = place * BEATS_OF_PHRASE
            chords = self.chords["close" if section.last else section.theme]
            self._accompany(section, chords, at)
            self._drum(section, at, fills=place % 2 == 1 and not section.last)
            if section.leads:
                self._lead(tunes["close" if section.last else section.theme][place % 2], at)
        duck = ducking(self.n, self.kicks) if self.style.pumping and self.kicks else None
        rms = 0.075 + 0.085 * self.sound.energy
        drive = self.style.drive * (0.6 + 0.6 * self.sound.energy)
        return _faded(self.desk.mixed(self.rng, room_s=self.style.room_s, drive=drive, duck=duck, rms=rms))

    # -- who plays what ----------------------------------------------------------------------------------------------

    def _tunes(self) -> dict[str, list[list[Note]]]:
        """The themes, each as it is first sung and varied; the second lies higher."""
        busy = min(max(self.style.busy * (0.6 + 0.8 * self.sound.energy), 0), 1)
        singer = Singer(self.sound.key, self.sound.mode, busy, self.style.five, self.rng)
        low = 62 + round(4 * self.sound.valence)
        found = {}
        for name, lift in (("A", 0), ("B", 4), ("close", 0)):
            first = singer.theme(self.chords[name], low + lift, ends=name != "B")
            found[name] = [first, singer.varied(first, self.chords[name], low + lift)]
        return found

    def _lead(self, notes: list[Note], at: float) -> None:
        leads = self.style.leads
        lead = leads[int(self.sound.valence * 97 + self.sound.key) % len(leads)]
        for note in notes:
            pitch = note.pitch + (12 if lead in ("glockenspiel", "glass") else 0)
            self._note(lead, note._replace(pitch=pitch, start=at + note.start), self.style.lead_level, 0.05, 0.3)

    def _accompany(self, section: Section, chords: list[Chord], at: float) -> None:
        for part in self.style.parts:
            if not part.late or section.full == 2:
                hand: list[int] = []
                for chord in chords:
                    hand = voiced(chord, self.sound.key, self.middle, hand)
                    self._figure(part, chord, hand, at, last=section.last and chord is chords[-1])
        if self.style.bass is not None and (section.full or section.last or self.beat.hits == {}):
            for place, chord in enumerate(chords):
                ahead = bass_note(chords[(place + 1) % len(chords)], self.sound.key)
                self._figure(self.style.bass, chord, [], at, last=section.last and chord is chords[-1], ahead=ahead)

    def _figure(self, part: Part, chord: Chord, hand: list[int], at: float, *, last: bool, ahead: int = 0) -> None:
        held = Held(chord, hand, bass_note(chord, self.sound.key), ahead, self.rng)
        figures = FIGURES if hand else BASSES
        # The last chord is let ring, but for those who play on: the pulse should not stop before the piece does.
        notes = figures[part.figure](held)
        if last:
            notes = [note._replace(beats=note.beats + 2) if note.start >= held.end - 1 else note for note in notes]
        for note in notes:
            self._note(part.voice, note._replace(start=at + note.start), part.level, part.pan, part.room)

    def _drum(self, section: Section, at: int, *, fills: bool) -> None:
        energy = self.sound.energy
        for bar in range(BARS_OF_PHRASE):
            final = section.last and bar == BARS_OF_PHRASE - 1
            for name, hits in self._hits(section, bar, energy):
                for step, digit in enumerate(hits):
                    if digit == "." or (final and step > 8):
                        continue
                    if name == "crash" and bar:
                        continue
                    self._hit(name, at + BEATS_OF_BAR * bar + self._swung(step), int(digit) / 9)
            if fills and bar == BARS_OF_PHRASE - 1 and energy > 0.45 and "snare" in self.beat.hits:
                for step, force in ((13, 0.4), (14, 0.6), (15, 0.5)):
                    self._hit("snare", at + BEATS_OF_BAR * bar + self._swung(step), force)

    def _hits(self, section: Section, bar: int, energy: float) -> list[tuple[str, str]]:
        """What is played in a bar: little where it is quiet, all where it is full and there is energy."""
        hits = list(self.beat.hits.items())
        if section.full == 0:
            # Whoever keeps the time, and a bass drum in the last two bars, so that one hears it coming.
            return [
                (name, one) for name, one in hits if name in ("hat", "ride", "shaker") or (bar >= 2 and name == "kick")
            ]
        if energy > 0.55 or section.full == 2:
            hits += self.beat.busy.items()
        return hits

    def _swung(self, step: int) -> float:
        """When a sixteenth comes, in beats. What swings most (jazz) does so in eighths."""
        late = self.beat.swing
        if late >= 0.25:
            return step / 4 + (0.5 * late if step % 4 == 2 else 0.25 * late if step % 4 == 3 else 0)
        return step / 4 + (0.25 * late if step % 2 else 0)

    # -- sounds ------------------------------------------------------------------------------------------------------

    def _hit(self, name: str, beat: float, force: float) -> None:
        at = round(beat * self.sound.beat_s * RATE)
        loud = LEVELS[name] * force * (0.45 + 0.65 * self.sound.energy) * (0.94 + 0.12 * self.rng.random())
        room = 0.05 if name == "kick" else 0.16
        self.desk.add(self.drums[name], at, loud, PANS.get(name, 0.0), room)
        if name == "kick" and force > 0.6:
            self.kicks.append(at)

    def _note(self, voice: str, note: Note, level: float, pan: float, room: float) -> None:
        start = note.start
        if self.beat.swing >= 0.25 and note.start % 1 == 0.5:
            start += 0.5 * self.beat.swing
        at = round(start * self.sound.beat_s * RATE)
        force = min(max(note.force * (0.8 + 0.35 * self.sound.energy), 0.1), 1.0)
        wave = self._wave(voice, note.pitch, note.beats * self.sound.beat_s, force)
        if voice == "string":
            self.desk.drive(wave, at, level, pan)
        else:
            loud = level * (0.93 + 0.14 * self.rng.random())
            self.desk.add(wave, at, loud, pan, room, ducked=self.style.pumping)

    def _wave(self, voice: str, pitch: int, seconds: float, force: float) -> Wave:
        """A note: made once for each length and force, of which six are told apart."""
        told = round(force * 6)
        known = (voice, pitch, round(seconds * 50), told)
        found = self._waves.get(known)
        if found is None:
            found = self._waves[known] = note_of(VOICES[voice], pitch, seconds, told / 6, self.rng)
        return found


def _faded(samples: np.ndarray) -> np.ndarray:
    """Silence at both ends: a moment at the beginning, the tail at the end."""
    rise, fall = int(0.004 * RATE), int((TAIL_S - 0.3) * RATE)
    samples[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)[:, None]
    samples[-fall:] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fall, dtype=np.float32)))[:, None]
    return samples

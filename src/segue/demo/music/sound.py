"""What a piece is made from: how its track is said to sound, and how long it becomes."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 32_000
"""Samples per second."""
VERSION = 1
"""Raise it when the same track comes to sound otherwise: what was made before is then made anew."""
BEATS_OF_BAR = 4
BARS_OF_PHRASE = 4
TAIL_S = 3.5
"""After the last bar, what sounds still fades."""
_WANTED_S, _LEAST_S, _MOST_S = 76.0, 60.0, 90.0


@dataclass(frozen=True)
class Sound:
    """How a track sounds.

    Attributes:
        genre, subgenre: of the demo's world; others are played as pop.
        tempo: beats per minute.
        key, mode: 0 is C; 1 major, 0 minor.
        energy, valence, acousticness, instrumentalness: from 0 to 1.
        longest_ms: the piece is not longer.
    """

    genre: str
    subgenre: str
    tempo: float
    key: int
    mode: int
    energy: float = 0.5
    valence: float = 0.5
    acousticness: float = 0.5
    instrumentalness: float = 0.5
    longest_ms: int = 90_000

    @property
    def beat_s(self) -> float:
        """Seconds of a beat."""
        return 60 / min(max(self.tempo, 40.0), 220.0)


def phrases(sound: Sound) -> int:
    """How many phrases of four bars a piece has: 60 to 90 seconds of them with the tail, as far as the track is that long."""
    phrase_s = BARS_OF_PHRASE * BEATS_OF_BAR * sound.beat_s
    most_s = min(_MOST_S, sound.longest_ms / 1000) - TAIL_S
    wanted = round((_WANTED_S - TAIL_S) / phrase_s)
    if wanted * phrase_s + TAIL_S < _LEAST_S:
        wanted += 1
    return max(min(wanted, int(most_s / phrase_s)), 1)


def length_ms(sound: Sound) -> int:
    """How long the piece is, in ms."""
    return round(1000 * (phrases(sound) * BARS_OF_PHRASE * BEATS_OF_BAR * sound.beat_s + TAIL_S))

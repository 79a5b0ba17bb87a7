"""Music for the tracks of the demo's world: composed and played by numpy and scipy, from how a track is said to sound.

Nobody recorded that world. A piece has the tempo, key and mode of its track to the letter, and the arrangement of its genre.
"""

from __future__ import annotations

import numpy as np

from segue.demo.music.sound import RATE, VERSION, Sound, length_ms

__all__ = ["RATE", "VERSION", "Sound", "length_ms", "music_of"]


def music_of(sound: Sound, seed: int) -> np.ndarray:
    """The piece of a track: float32, shape (n, 2), at `RATE`, below 1, silent at both ends. The same seed gives the same piece."""
    from segue.demo.music.piece import Band  # noqa: PLC0415

    return Band(sound, seed).play()

"""Harmonic and percussive shares of the sound, at two window lengths.

What sounds on makes horizontal lines in a spectrogram, what is struck makes vertical ones (Fitzgerald 2010). A voice is
neither: its pitch moves, so in short windows it looks harmonic, in long ones it does not (Tachibana, Ono & Sagayama 2014).
"""

from __future__ import annotations

import numba
import numpy as np

from segue.features.audio.moments import Moments
from segue.features.audio.spectrum import LOUDNESS_POWER, bin_hz

LONG_FRAME, LONG_HOP, LONG_BATCH = 8_192, 4_096, 32
HIGHEST_HZ = 5_500.0
VOICE_HZ = (250.0, 4_000.0)
# Lengths of the medians: odd numbers of frames and bins.
SHORT_MEDIANS = (17, 17)
LONG_MEDIANS = (7, 17)


class TextureMeter:
    """Add batches of power spectra of one frame size; `shares` are means weighted by loudness."""

    def __init__(self, frame: int, medians: tuple[int, int]) -> None:
        hz = bin_hz(frame)
        self._n_bins = int(np.searchsorted(hz, HIGHEST_HZ))
        self._voice = slice(*np.searchsorted(hz, VOICE_HZ).tolist())
        self._medians = medians
        self._moments = Moments(2)

    def add(self, power: np.ndarray) -> np.ndarray:
        """The harmonic part of float32 power, shape (n_frames, frame // 2 + 1), up to HIGHEST_HZ."""
        power = np.ascontiguousarray(power[:, : self._n_bins])
        magnitude = np.sqrt(power)
        along_time, along_frequency = self._medians
        harmonic = running_median(np.ascontiguousarray(magnitude.T), along_time).T ** 2
        percussive = running_median(magnitude, along_frequency) ** 2
        both = harmonic + percussive
        harmonic_power = power * np.divide(harmonic, both, out=np.full_like(both, 0.5), where=both > 0)
        shares = np.stack([_share(harmonic_power, power), _share(harmonic_power, power, self._voice)], axis=1)
        self._moments.add(shares, power.mean(axis=1) ** LOUDNESS_POWER)
        return harmonic_power

    @property
    def shares(self) -> tuple[float, float]:
        """The share of the power that is harmonic, 0 to 1, and the same between the frequencies of VOICE_HZ."""
        whole, voice = self._moments.mean
        return float(whole), float(voice)


def running_median(rows: np.ndarray, length: int) -> np.ndarray:
    """The median of `length` (odd) neighbours along each row, float32; edges are mirrored (or carried on)."""
    half = length // 2
    sides = ((0, 0), (half, half))
    padded = np.pad(rows, sides, "reflect") if rows.shape[1] > half else np.pad(rows, sides, "edge")
    return _medians(padded, length)


def _share(part: np.ndarray, whole: np.ndarray, bins: slice = slice(None)) -> np.ndarray:
    total = whole[:, bins].sum(axis=1)
    return np.divide(part[:, bins].sum(axis=1), total, out=np.full_like(total, 0.5), where=total > 0)


@numba.njit(nogil=True, cache=True)
def _medians(padded, length):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A window kept sorted: the value that leaves makes room for the one that comes."""
    n_rows, width = padded.shape
    n = width - length + 1
    out = np.empty((n_rows, n), dtype=padded.dtype)
    for row in range(n_rows):
        values = padded[row]
        window = np.sort(values[:length])
        out[row, 0] = window[length // 2]
        for start in range(1, n):
            gone, come = values[start - 1], values[start + length - 1]
            place = 0
            while window[place] != gone:
                place += 1
            while place + 1 < length and window[place + 1] < come:
                window[place] = window[place + 1]
                place += 1
            while place > 0 and window[place - 1] > come:
                window[place] = window[place - 1]
                place -= 1
            window[place] = come
            out[row, start] = window[length // 2]
    return out

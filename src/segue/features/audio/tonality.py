"""Key, mode and tuning, from the peaks of long spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.features.audio.spectrum import bin_hz
from segue.features.audio.texture import LONG_FRAME

LOWEST_HZ, HIGHEST_HZ = 65.0, 2_100.0
CENTS = 1_200
# A peak 50 dB below the highest of its frame is no note.
FAINTEST = 1e-5
# Amplitudes count with this power: loud notes more, but a single one does not drown a chord.
AMPLITUDE_POWER = 0.6
LEAST_CONTRAST = 0.05
SURE_MARGIN = 0.25

# How well each degree fits a key (Temperley, "What's key for key?", Music Perception 17, 1999).
MAJOR = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])
MINOR = np.array([5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0])


@dataclass(frozen=True)
class Tonality:
    """The key (0 is C; None when nothing is pitched), its mode (1 major, 0 minor) and how sure that is, 0 to 1.

    `tuning_cents` is how far the notes lie above A = 440 Hz; `majorness` is above 0 where the best major key fits better
    than the best minor key; `contrast` is how uneven the pitch classes are.
    """

    key: int | None
    mode: int | None
    confidence: float
    tuning_cents: float
    majorness: float
    contrast: float


class ChromaMeter:
    """Add the harmonic part of long power spectra; `tonality` says what key they add up to.

    Keeps one histogram of pitch classes in cents.
    """

    def __init__(self) -> None:
        self._cents = np.zeros(CENTS)
        hz = bin_hz(LONG_FRAME)
        self._bins = slice(int(np.searchsorted(hz, LOWEST_HZ)), int(np.searchsorted(hz, HIGHEST_HZ)))

    def add(self, power: np.ndarray) -> None:
        """Float32, one row per frame of LONG_FRAME samples, at least up to HIGHEST_HZ."""
        part = power[:, self._bins]
        middle = part[:, 1:-1]
        peaks = (
            (middle > part[:, :-2]) & (middle >= part[:, 2:]) & (middle > FAINTEST * part.max(axis=1, keepdims=True))
        )
        frames, columns = np.nonzero(peaks & (part[:, :-2] > 0) & (part[:, 2:] > 0))
        below, at, above = (np.log(part[frames, columns + shift].astype(np.float64)) for shift in range(3))
        # The top of the parabola through three logarithms: exact for a Gaussian, near enough for Hann's window.
        shift = 0.5 * (below - above) / np.minimum(below - 2 * at + above, -1e-12)
        hz = bin_hz(LONG_FRAME)[1] * (self._bins.start + 1 + columns + np.clip(shift, -0.5, 0.5))
        cents = np.rint(100 * (12 * np.log2(hz / 440) + 9)).astype(np.int64) % CENTS
        weights = np.exp(at * (AMPLITUDE_POWER / 2))
        self._cents += np.bincount(cents, weights, minlength=CENTS)

    def tonality(self) -> Tonality:
        """What the peaks so far say."""
        tuning = _tuning(self._cents)
        chroma = chroma_of(self._cents, tuning)
        contrast = float(chroma.std() / chroma.mean()) if chroma.any() else 0.0
        fits = key_fits(chroma)
        best = int(fits.argmax())
        majorness = float(fits[:12].max() - fits[12:].max())
        if contrast < LEAST_CONTRAST or fits[best] <= 0:
            return Tonality(None, None, 0.0, tuning, majorness, contrast)
        margin = float(fits[best] - np.delete(fits, best).max())
        confidence = float(np.clip(fits[best], 0, 1) * min(1.0, margin / SURE_MARGIN))
        return Tonality(best % 12, 1 - best // 12, confidence, tuning, majorness, contrast)


def chroma_of(cents: np.ndarray, tuning: float) -> np.ndarray:
    """Twelve pitch classes from a histogram in cents, shape (1200,), each from 50 cents below to 50 above its middle."""
    return np.roll(cents, 50 - round(tuning)).reshape(12, 100).sum(axis=1)


def key_fits(chroma: np.ndarray) -> np.ndarray:
    """Pearson's correlation with the profile of each key, shape (24,): major from C on, then minor."""
    profiles = np.stack([np.roll(profile, key) for profile in (MAJOR, MINOR) for key in range(12)])
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    off = chroma - chroma.mean()
    length = np.linalg.norm(off)
    return profiles @ off / (np.linalg.norm(profiles, axis=1) * length) if length > 0 else np.zeros(24)


def _tuning(cents: np.ndarray) -> float:
    """The circular mean of how far the peaks lie off the nearest semitone of A = 440 Hz, -50 to 50 cents."""
    turns = np.exp(2j * np.pi * np.arange(CENTS) / 100)
    return float(np.angle(np.sum(cents * turns)) * 100 / (2 * np.pi))

"""The few numbers that are kept of every frame: level, onsets, and the loudness of the voice's band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.features.audio.spectrum import LOUDNESS_POWER, Spectra, mel_hz

LOW_HZ, MIDDLE_HZ = 200.0, 2_000.0
VOICE_HZ = (300.0, 3_400.0)


@dataclass(frozen=True, eq=False)
class Tracks:
    """Float32 columns, shape (n_frames,): they scale with the level, so only ratios of them tell anything.

    `energy` is mean power; `low`, `middle` and `high` the rise of the compressed spectrum below 200 Hz, to 2 kHz and
    above; `loudness` the sum of the compressed spectrum, `voice` of its part from 300 to 3,400 Hz.
    `flatness`, in dB, is of the whole spectrum and free of level.
    """

    energy: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    loudness: np.ndarray
    voice: np.ndarray
    flatness: np.ndarray


class TrackKeeper:
    """Add batches in order; `tracks` are the columns of all."""

    def __init__(self) -> None:
        centre = mel_hz()[:, 1]
        self._groups = (centre < LOW_HZ, (centre >= LOW_HZ) & (centre < MIDDLE_HZ), centre >= MIDDLE_HZ)
        self._voice = (centre >= VOICE_HZ[0]) & (centre < VOICE_HZ[1])
        self._last: np.ndarray | None = None
        self._parts: list[np.ndarray] = []

    def add(self, batch: Spectra, flatness: np.ndarray) -> np.ndarray:
        """The batch's compressed mel spectra with the row before them on top, shape (n + 1, MEL_BANDS).

        `flatness` is the flatness of each frame in dB, shape (n,).
        """
        compressed = batch.mel**LOUDNESS_POWER
        # Before the first frame there is nothing to rise from: a recording that begins in a note has no onset there.
        compressed = np.concatenate([compressed[:1] if self._last is None else self._last, compressed])
        self._last = compressed[-1:]
        rise = np.maximum(np.diff(compressed, axis=0), 0)
        now = compressed[1:]
        columns = [batch.power.mean(axis=1), *(rise[:, group].sum(axis=1) for group in self._groups),
                   now.sum(axis=1), now[:, self._voice].sum(axis=1), flatness]  # fmt: skip
        self._parts.append(np.stack(columns).astype(np.float32))
        return compressed

    def tracks(self) -> Tracks:
        """Everything added so far."""
        return Tracks(*np.concatenate(self._parts, axis=1))

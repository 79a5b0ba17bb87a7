"""Samples to short spectra, in batches of fixed size: whatever the size of the blocks that come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import fft

RATE = 22_050
FRAME = 1_024
HOP = 512
FRAMES_PER_SECOND = RATE / HOP
FRAMES_PER_BATCH = 256
MEL_BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 40.0, 10_000.0

# Loudness goes about with the power 0.3 of intensity (Stevens 1955). Weights and differences made of it scale with the
# level as a whole, so ratios of their sums are the same for a quiet and a loud copy.
LOUDNESS_POWER = np.float32(0.3)


class Framer:
    """Cuts a stream of samples into overlapping frames, `batch` at a time."""

    def __init__(self, size: int, hop: int, batch: int) -> None:
        self._size, self._hop, self._batch = size, hop, batch
        self._kept = np.zeros(0, dtype=np.float32)
        self._begun = False

    def add(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Whole batches, each a view of shape (batch, size)."""
        self._kept = np.concatenate([self._kept, samples])
        step = self._hop * self._batch
        needed = step - self._hop + self._size
        while len(self._kept) >= needed:
            yield _frames(self._kept[:needed], self._size, self._hop)
            self._kept = self._kept[step:]
            self._begun = True

    def finish(self) -> Iterator[np.ndarray]:
        """What is left, the last frame filled up with silence; shape (n_frames, size)."""
        # Samples that earlier frames have covered already do not make another frame.
        covered = self._size - self._hop if self._begun else 0
        if len(self._kept) > covered:
            n_frames = max(1, -(-(len(self._kept) - self._size) // self._hop) + 1)
            length = (n_frames - 1) * self._hop + self._size
            yield _frames(np.pad(self._kept, (0, length - len(self._kept))), self._size, self._hop)


@dataclass(frozen=True, eq=False)
class Spectra:
    """A batch of frames: all float32 with one row per frame.

    `samples`, shape (n, FRAME); `power`, shape (n, FRAME // 2 + 1); `mel`, shape (n, MEL_BANDS), power too; `weight`,
    shape (n,): how loud the frame is, for means over time in which silence does not count.
    """

    samples: np.ndarray
    power: np.ndarray
    mel: np.ndarray
    weight: np.ndarray


def spectra(frames: np.ndarray) -> Spectra:
    """The spectra of frames, shape (n, FRAME)."""
    power = power_spectra(frames)
    return Spectra(frames, power, power @ _mel_filters(), power.mean(axis=1) ** LOUDNESS_POWER)


def power_spectra(frames: np.ndarray) -> np.ndarray:
    """Hann-windowed power, float32, shape (n, size // 2 + 1)."""
    spectrum = fft.rfft(frames * _window(frames.shape[1]), axis=1)
    return spectrum.real**2 + spectrum.imag**2


def bin_hz(size: int) -> np.ndarray:
    """The frequency of each bin of a spectrum of `size` samples, in Hz."""
    return np.arange(size // 2 + 1) * (RATE / size)


def mel_hz() -> np.ndarray:
    """Lower edge, centre and upper edge of each mel band in Hz, shape (MEL_BANDS, 3)."""
    edges = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), MEL_BANDS + 2)
    hz = 700 * (10 ** (edges / 2595) - 1)
    return np.stack([hz[:-2], hz[1:-1], hz[2:]], axis=1)


@cache
def _mel_filters() -> np.ndarray:
    """Triangles on the mel scale of O'Shaughnessy (1987), float32, shape (FRAME // 2 + 1, MEL_BANDS)."""
    low, centre, high = mel_hz().T
    hz = bin_hz(FRAME)[:, None]
    return np.maximum(0, np.minimum((hz - low) / (centre - low), (high - hz) / (high - centre))).astype(np.float32)


@cache
def _window(size: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def _mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


def _frames(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]

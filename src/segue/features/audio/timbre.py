"""What the short spectra look like: colour, noise and movement, summed up while they go by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import fft

from segue.features.audio.moments import Moments
from segue.features.audio.spectrum import FRAME, Spectra, bin_hz

CEPSTRA = 20
# What lies further below the mean band of its frame is not heard, and encoders throw it away.
MEL_FLOOR = np.float32(1e-4)
FLATNESS_FLOOR = np.float32(1e-5)
FLATNESS_EDGES_HZ = (80.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0)
LOWEST_BIN = 4
FAINTEST = np.float32(1e-3)
DESCRIPTORS = ("centroid", "bandwidth", "flatness", "crossings", "crest", "change")


@dataclass(frozen=True, eq=False)
class Timbre:
    """Means over time and standard deviations, weighted by loudness.

    `cepstra` without the first, which is level, and their changes from frame to frame; `flatness` in dB per octave
    band; `descriptors` in the order of DESCRIPTORS: centroid (octaves above 100 Hz), bandwidth (octaves), flatness (dB),
    zero crossings (share of the samples), crest (dB), change of the compressed spectrum (share of its sum).
    """

    cepstra: Moments
    cepstral_changes: Moments
    flatness: Moments
    descriptors: Moments

    def of(self, descriptor: str) -> tuple[float, float]:
        """Mean and spread of one of the descriptors."""
        place = DESCRIPTORS.index(descriptor)
        return float(self.descriptors.mean[place]), float(self.descriptors.spread[place])


class TimbreMeter:
    """Add batches of spectra in order; `timbre` is what they were like."""

    def __init__(self) -> None:
        self.timbre = Timbre(
            Moments(CEPSTRA - 1), Moments(CEPSTRA - 1), Moments(len(FLATNESS_EDGES_HZ) - 1), Moments(len(DESCRIPTORS))
        )
        self._before: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, batch: Spectra, compressed: np.ndarray, bands: np.ndarray) -> None:
        """`compressed` as `TrackKeeper.add` returns it, `bands` as `band_flatness`."""
        cepstra = _cepstra(batch.mel)
        weight = batch.weight
        self.timbre.cepstra.add(cepstra, weight)
        if self._before is not None:
            last_cepstra, last_weight = self._before
            changes = np.diff(cepstra, axis=0, prepend=last_cepstra)
            both = np.sqrt(weight * np.concatenate([last_weight, weight[:-1]]))
        else:
            changes, both = np.diff(cepstra, axis=0), np.sqrt(weight[1:] * weight[:-1])
        self.timbre.cepstral_changes.add(np.abs(changes), both)
        self._before = (cepstra[-1:], weight[-1:])
        self.timbre.flatness.add(bands, weight)
        self.timbre.descriptors.add(_descriptors(batch, compressed, bands), weight)


def zero_crossings(samples: np.ndarray) -> np.ndarray:
    """The share of the samples of each row at which the sign changes, shape (n,).

    What lies 60 dB below the row's peak has no sign: it may be nothing but rounding.
    """
    negative = samples < -FAINTEST * np.abs(samples).max(axis=1, keepdims=True)
    return (negative[:, 1:] != negative[:, :-1]).mean(axis=1, dtype=np.float32)


def _cepstra(mel: np.ndarray) -> np.ndarray:
    """Mel-frequency cepstral coefficients 1 to CEPSTRA - 1 (Davis & Mermelstein 1980), natural logarithm."""
    mean = mel.mean(axis=1, keepdims=True)
    log = np.log(np.divide(mel, mean, out=np.ones_like(mel), where=mean > 0) + MEL_FLOOR)
    return fft.dct(log, axis=1, norm="ortho")[:, 1:CEPSTRA]


def band_flatness(power: np.ndarray) -> np.ndarray:
    """10 log10 of geometric by arithmetic mean of the bins of each octave band: about 0 is noise (as in MPEG-7).

    Float32, shape (n_frames, 6).
    """
    edges = _flatness_edges()
    part = power[:, edges[0] : edges[-1]]
    mean = part.mean(axis=1, keepdims=True)
    part = np.divide(part, mean, out=np.ones_like(part), where=mean > 0) + FLATNESS_FLOOR
    starts, counts = edges[:-1] - edges[0], np.diff(edges)
    geometric = np.add.reduceat(np.log10(part), starts, axis=1) / counts
    arithmetic = np.log10(np.add.reduceat(part, starts, axis=1) / counts)
    return (10 * (geometric - arithmetic)).astype(np.float32)


def _descriptors(batch: Spectra, compressed: np.ndarray, bands: np.ndarray) -> np.ndarray:
    magnitude = np.sqrt(batch.power[:, LOWEST_BIN:])
    total = np.maximum(magnitude.sum(axis=1), np.finfo(np.float32).tiny)
    octaves = np.log2(bin_hz(FRAME)[LOWEST_BIN:] / 100).astype(np.float32)
    centroid = magnitude @ octaves / total
    bandwidth = np.sqrt(np.maximum(magnitude @ octaves**2 / total - centroid**2, 0))
    samples = batch.samples
    peak, mean = np.abs(samples).max(axis=1), np.sqrt(np.einsum("ij,ij->i", samples, samples) / FRAME)
    crest = 20 * np.log10(np.divide(peak, mean, out=np.ones_like(peak), where=mean > 0))
    both = compressed[1:].sum(axis=1) + compressed[:-1].sum(axis=1)
    change = np.abs(np.diff(compressed, axis=0)).sum(axis=1) / np.maximum(both, np.finfo(np.float32).tiny)
    crossings = zero_crossings(samples)
    return np.stack([centroid, bandwidth, bands.mean(axis=1), crossings, crest, change], axis=1)


@cache
def _flatness_edges() -> np.ndarray:
    return np.searchsorted(bin_hz(FRAME), FLATNESS_EDGES_HZ)

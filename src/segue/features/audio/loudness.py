"""Integrated loudness after ITU-R BS.1770-4, measured while the samples go by."""

from __future__ import annotations

import math

import numba
import numpy as np

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
SEGMENTS_PER_SECOND = 10
SEGMENTS_PER_BLOCK = 4
OFFSET_LUFS = -0.691

# Weights of the channels in the usual order of files (left, right, centre, low frequencies, surround).
_SURROUND = 1.41
CHANNEL_WEIGHTS = {
    5: (1.0, 1.0, 1.0, _SURROUND, _SURROUND),
    6: (1.0, 1.0, 1.0, 0.0, _SURROUND, _SURROUND),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, _SURROUND, _SURROUND),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, _SURROUND, _SURROUND),
}


class LoudnessMeter:
    """Add blocks of samples; `integrated` is then the loudness of all. Keeps ten numbers for a second of sound."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._coefficients = k_weighting(sample_rate)
        self._weights = np.array(CHANNEL_WEIGHTS.get(channels, (1.0,) * channels))
        self._state = np.zeros((channels, 4))
        self._rate = sample_rate
        self._seen = 0
        self._last_segment = -1
        self._parts: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, block: np.ndarray) -> None:
        """Float32 samples, shape (n_samples, channels)."""
        first = self._seen * SEGMENTS_PER_SECOND // self._rate
        last = (self._seen + len(block) - 1) * SEGMENTS_PER_SECOND // self._rate
        sums = np.zeros(last - first + 1)
        counts = np.zeros(last - first + 1, dtype=np.int64)
        _weighted_energies(block, self._coefficients, self._weights, self._state, self._seen, self._rate, sums, counts)
        if first == self._last_segment:
            before = self._parts[-1]
            before[0][-1] += sums[0]
            before[1][-1] += counts[0]
            sums, counts = sums[1:], counts[1:]
        if len(sums):
            self._parts.append((sums, counts))
        self._last_segment = last
        self._seen += len(block)

    def integrated(self) -> float | None:
        """Gated loudness in LUFS; None when no 400 ms reach -70 LUFS. What is shorter than 400 ms is one block."""
        if not self._parts:
            return None
        energies = np.concatenate([sums for sums, _ in self._parts])
        counts = np.concatenate([counts for _, counts in self._parts])
        # What is left over at the end is no whole segment.
        whole = counts >= self._rate // SEGMENTS_PER_SECOND
        if whole.sum() >= SEGMENTS_PER_BLOCK:
            ones = np.ones(SEGMENTS_PER_BLOCK)
            energies, counts = energies[whole], counts[whole]
            blocks = np.convolve(energies, ones, "valid") / np.convolve(counts, ones, "valid")
        else:
            blocks = np.array([energies.sum() / counts.sum()])
        loud = blocks[blocks > _energy(ABSOLUTE_GATE_LUFS)]
        if not len(loud):
            return None
        loud = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
        return OFFSET_LUFS + 10 * math.log10(loud.mean())


def k_weighting(sample_rate: int) -> np.ndarray:
    """The two K-weighting filters as rows b0, b1, b2, a1, a2, for any rate.

    The analogue prototypes of the standard's 48 kHz coefficients by the bilinear transform (Brecht De Man, "Evaluation
    of implementations of the EBU R128 loudness measurement", AES 145, 2018).
    """
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    quality = 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    scale = 1 + k / quality + k * k
    shelf = [
        (high + band * k / quality + k * k) / scale,
        2 * (k * k - high) / scale,
        (high - band * k / quality + k * k) / scale,
        2 * (k * k - 1) / scale,
        (1 - k / quality + k * k) / scale,
    ]
    k = math.tan(math.pi * 38.13547087602444 / sample_rate)
    quality = 0.5003270373238773
    scale = 1 + k / quality + k * k
    return np.array([shelf, [1.0, -2.0, 1.0, 2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale]])


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET_LUFS) / 10))


@numba.njit(nogil=True, cache=True)
def _weighted_energies(block, coefficients, weights, state, seen, rate, sums, counts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Both filters in one pass (transposed direct form II), and the squares summed into segments of 100 ms."""
    n_samples, channels = block.shape
    b0, b1, b2, a1, a2 = coefficients[0]
    _, _, _, c1, c2 = coefficients[1]
    first = seen * SEGMENTS_PER_SECOND // rate
    for channel in range(channels):
        weight = weights[channel]
        s1, s2, t1, t2 = state[channel]
        start = 0
        segment = 0
        while start < n_samples:
            # The first sample that belongs to the next segment.
            edge = ((first + segment + 1) * rate + SEGMENTS_PER_SECOND - 1) // SEGMENTS_PER_SECOND - seen
            end = min(edge, n_samples)
            total = 0.0
            for index in range(start, end):
                x = block[index, channel]
                y = b0 * x + s1
                s1 = b1 * x - a1 * y + s2
                s2 = b2 * x - a2 * y
                z = y + t1
                t1 = -2.0 * y - c1 * z + t2
                t2 = y - c2 * z
                total += z * z
            sums[segment] += weight * total
            if channel == 0:
                counts[segment] += end - start
            start = end
            segment += 1
        state[channel, 0], state[channel, 1], state[channel, 2], state[channel, 3] = s1, s2, t1, t2

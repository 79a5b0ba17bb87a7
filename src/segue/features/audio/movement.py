"""How the level goes on: fluctuations, pauses, the noise between the sounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from segue.features.audio.spectrum import FRAMES_PER_SECOND, LOUDNESS_POWER
from segue.features.audio.tracks import Tracks

SHORTEST_SCALE_SECONDS, LONGEST_SCALE_SECONDS = 0.31, 8.0
SCALE_RATIO = 1.25
HEARD_DB = -45.0
WINDOW = 256
# Edges of the bands of modulation frequencies in Hz: bars, beats, syllables and notes, rolls.
MODULATION_EDGES_HZ = (0.3, 0.7, 1.2, 1.8, 2.6, 3.8, 5.5, 8.0, 14.0)
SYLLABLES_HZ = (3.0, 6.5)


def fluctuation_exponent(tracks: Tracks) -> float:
    """The mean exponent of detrended fluctuation analysis of the loudness, over scales of 0.3 to 8 s.

    A steady beat keeps the fluctuations of its sums from growing with the scale, so the exponent is low in music to
    dance to (Streich & Herrera, "Detrended fluctuation analysis of music signals", AES 118, 2005). 1 when unknown.
    """
    loudness = tracks.energy.astype(np.float64) ** LOUDNESS_POWER
    longest = min(LONGEST_SCALE_SECONDS * FRAMES_PER_SECOND, len(loudness) / 4)
    shortest = SHORTEST_SCALE_SECONDS * FRAMES_PER_SECOND
    if longest < 2 * shortest or loudness.std() <= 1e-6 * loudness.mean():
        return 1.0
    count = int(np.log(longest / shortest) / np.log(SCALE_RATIO)) + 1
    scales = np.unique(np.rint(shortest * SCALE_RATIO ** np.arange(count)).astype(int))
    profile = np.cumsum(loudness - loudness.mean())
    fluctuations = np.array([_fluctuation(profile, scale) for scale in scales])
    slopes = np.diff(np.log(np.maximum(fluctuations, 1e-30))) / np.diff(np.log(scales))
    return float(np.clip(slopes.mean(), 0, 2))


def modulation_shares(curve: np.ndarray) -> np.ndarray:
    """How the modulation of a curve, shape (n_frames,), not negative, is spread over the bands of MODULATION_EDGES_HZ.

    Shares of 1, from windows of 6 s weighted by their mean; all alike when there is no modulation.
    """
    n_bands = len(MODULATION_EDGES_HZ) - 1
    spectrum = _modulation(curve)
    hz = np.fft.rfftfreq(WINDOW, 1 / FRAMES_PER_SECOND)
    edges = np.searchsorted(hz, MODULATION_EDGES_HZ)
    sums = np.array([spectrum[low:high].sum() for low, high in pairwise(edges.tolist())])
    return sums / sums.sum() if sums.sum() > 0 else np.full(n_bands, 1 / n_bands)


def syllabic_modulation(tracks: Tracks) -> float:
    """How deep the loudness from 300 to 3,400 Hz is modulated at 3 to 6.5 Hz, relative to its mean.

    Speech has about four syllables a second (Scheirer & Slaney, ICASSP 1997).
    """
    spectrum = _modulation(tracks.voice)
    hz = np.fft.rfftfreq(WINDOW, 1 / FRAMES_PER_SECOND)
    inside = (hz >= SYLLABLES_HZ[0]) & (hz < SYLLABLES_HZ[1])
    return float(np.sqrt(spectrum[inside].sum()))


def quiet_share(tracks: Tracks) -> float:
    """The share of frames with less than half of the mean amplitude of the second around them: many in speech."""
    amplitude = np.sqrt(tracks.energy.astype(np.float64))
    n = round(FRAMES_PER_SECOND)
    whole = amplitude[: len(amplitude) // n * n].reshape(-1, n)
    means = whole.mean(axis=1, keepdims=True)
    heard = means[:, 0] > means.max(initial=0) * 10 ** (HEARD_DB / 20)
    return float((whole < 0.5 * means)[heard].mean()) if heard.any() else 0.0


def level_spread_db(tracks: Tracks) -> float:
    """The standard deviation of the level of the seconds, in dB, without those more than 45 dB below the mean."""
    n = round(FRAMES_PER_SECOND)
    energy = tracks.energy[: max(1, len(tracks.energy) // n) * n].astype(np.float64)
    seconds = energy[: len(energy) // n * n].reshape(-1, n).mean(axis=1) if len(energy) >= n else energy
    heard = seconds[seconds > seconds.mean() * 10 ** (HEARD_DB / 10)]
    return float(np.std(10 * np.log10(heard))) if len(heard) else 0.0


def floor_db(tracks: Tracks) -> float:
    """How far the quietest twentieth of the frames lies below the mean, in dB, 0 or less; digital silence is left out."""
    energy = tracks.energy.astype(np.float64)
    mean = energy.mean()
    heard = energy[energy > mean * 1e-9]
    return float(10 * np.log10(np.quantile(heard, 0.05) / mean)) if len(heard) else -90.0


def ends_db(tracks: Tracks) -> float:
    """The level of the first and the last quarter second, the quieter of both, below the mean, in dB, at least -90.

    A studio recording begins and ends in silence; before an audience it rarely does.
    """
    energy = tracks.energy.astype(np.float64)
    n = round(FRAMES_PER_SECOND / 4)
    quieter = min(energy[:n].mean(), energy[-n:].mean())
    return float(10 * np.log10(max(quieter / energy.mean(), 1e-9))) if energy.any() else -90.0


def ends_flatness_db(tracks: Tracks) -> float:
    """The mean flatness of the first and the last half second in dB, each frame as loud as it is; -15 in silence."""
    n = round(FRAMES_PER_SECOND / 2)
    loudness = np.concatenate([tracks.energy[:n], tracks.energy[-n:]]).astype(np.float64) ** LOUDNESS_POWER
    flatness = np.concatenate([tracks.flatness[:n], tracks.flatness[-n:]])
    return float(loudness @ flatness / loudness.sum()) if loudness.any() else -15.0


def ambience_db(tracks: Tracks) -> float:
    """The flatness of the quietest tenth of the frames in dB: about -4 where a crowd or a hall goes on between sounds."""
    energy = tracks.energy.astype(np.float64)
    heard = energy > energy.mean() * 10 ** (HEARD_DB / 10)
    if not heard.any():
        return -15.0
    quiet = heard & (energy <= np.quantile(energy[heard], 0.1))
    return float(tracks.flatness[quiet].mean(dtype=np.float64))


def _fluctuation(profile: np.ndarray, scale: int) -> float:
    """The root mean square of what is left of each piece of `scale` frames when its straight line is taken off."""
    pieces = profile[: len(profile) // scale * scale].reshape(-1, scale)
    time = np.arange(scale) - (scale - 1) / 2
    off = pieces - pieces.mean(axis=1, keepdims=True)
    slope = off @ time / (time @ time)
    return float(np.sqrt(max(np.mean(off**2) - np.mean(slope**2) * (time @ time) / scale, 0.0)))


def _modulation(curve: np.ndarray) -> np.ndarray:
    """The power spectrum of the curve relative to its mean, averaged over windows, each weighted by its mean.

    It sums up to the mean square of the modulation.
    """
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    total, weight = np.zeros(WINDOW // 2 + 1), 0.0
    curve = curve if len(curve) >= WINDOW else np.pad(curve, (0, WINDOW - len(curve)))
    for start in range(0, len(curve) - WINDOW + 1, WINDOW // 2):
        part = curve[start : start + WINDOW].astype(np.float64)
        mean = part.mean()
        if mean > 0:
            spectrum = np.fft.rfft((part / mean - 1) * window)
            total += mean * 2 * (spectrum.real**2 + spectrum.imag**2) / (WINDOW * (window**2).sum())
            weight += mean
    return total / weight if weight > 0 else total

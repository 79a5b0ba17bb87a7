"""Tempo and beats, from the onsets of all bands.

The tempo is where the autocorrelation of the onsets and its multiples are highest, under a prior; the beats are the best
path through the onsets at about that tempo (Ellis, "Beat tracking by dynamic programming", JNMR 36, 2007).

Which octave of the tempo is meant no autocorrelation can say: a pulse at 150 BPM is one at 75 too. The rule here: the prior
chooses (115 BPM, one octave wide), then a pulse twice or three times as fast is taken if it is at most FASTEST_DOUBLED and
nearly as strong, and one half as fast if the chosen one is hardly there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from segue.features.audio.spectrum import FRAMES_PER_SECOND, HOP, RATE
from segue.features.audio.tracks import Tracks

SHORTEST_SECONDS = 3.0
SLOWEST, FASTEST = 38.0, 220.0
PRIOR_BPM, PRIOR_OCTAVES = 115.0, 0.9
FASTEST_DOUBLED = 190.0
NEARLY_AS_STRONG = 0.72
HARDLY_THERE = 0.3
# Less change than this share of the loudness per frame is no onset: a steady tone.
LEAST_FLUX = 2e-3
LEAST_PULSE = 0.02

WINDOW, STEP = 512, 256
LONGEST_LAG = 260
BLUR = np.array([1, 4, 6, 4, 1]) / 16
MULTIPLES = np.array([1.0, 1 / 2, 1 / 3, 1 / 4])
LOCAL_SECONDS, EVEN_SECONDS = 0.8, 6.0
TIGHTNESS = 100.0
# A sound raises the spectrum most in the first frame it falls into: on average in the middle of that frame's new samples.
ONSET_MS = 1_000 * (1.5 * HOP) / RATE


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Tempo in BPM (None when there is no pulse), beat frames (int64), and what they were found from.

    `pulse` and `low_pulse` are the autocorrelation at the beat, of all onsets and of those below 200 Hz: 0 to 1.
    `autocorrelation`, float64, by lag in frames.
    """

    tempo: float | None
    beats: np.ndarray
    pulse: float
    low_pulse: float
    onsets_per_second: float
    autocorrelation: np.ndarray

    @property
    def beats_ms(self) -> tuple[int, ...]:
        """When the beats are, in milliseconds from the start."""
        return tuple(int(beat) for beat in np.rint(self.beats * (1_000 * HOP / RATE) + ONSET_MS))


def rhythm(tracks: Tracks) -> Rhythm:
    """The rhythm of a recording. What is shorter than SHORTEST_SECONDS or has no onsets has no tempo."""
    flux = (tracks.low, tracks.middle, tracks.high)
    onsets = onset_strength(flux)
    low = onset_strength((tracks.low,))
    autocorrelation = mean_autocorrelation(onsets)
    peaks = _peaks_per_second(onsets)
    loudness = float(tracks.loudness.sum())
    steady = loudness <= 0 or sum(float(band.sum()) for band in flux) < LEAST_FLUX * loudness
    nothing = Rhythm(None, np.zeros(0, dtype=np.int64), 0.0, 0.0, 0.0 if steady else peaks, autocorrelation)
    if steady or len(onsets) < SHORTEST_SECONDS * FRAMES_PER_SECOND:
        return nothing
    lag = _beat_lag(autocorrelation)
    pulse = _near(autocorrelation, lag)
    if pulse < LEAST_PULSE:
        return nothing
    beats = track_beats(onsets, lag)
    low_pulse = max(0.0, _near(mean_autocorrelation(low), lag))
    return Rhythm(60 * FRAMES_PER_SECOND / lag, beats, min(pulse, 1.0), low_pulse, peaks, autocorrelation)


def onset_strength(bands: tuple[np.ndarray, ...]) -> np.ndarray:
    """One curve of onsets out of the rises of several bands, float64, shape (n_frames,), free of level.

    Each band counts alike; what lasts is taken off (a mean over 0.8 s), and quiet and loud passages are made even.
    """
    total = np.zeros(len(bands[0]))
    for band in bands:
        mean = float(band.mean(dtype=np.float64))
        if mean > 0:
            total += band / mean
    above = np.maximum(total - _moving_mean(total, LOCAL_SECONDS), 0)
    mean = above.mean()
    if mean <= 0:
        return above
    # The square root of the local mean: quiet passages count less than loud ones, but they count.
    return above / np.sqrt((_moving_mean(above, EVEN_SECONDS) + 0.05 * mean) * mean)


def mean_autocorrelation(onsets: np.ndarray) -> np.ndarray:
    """The autocorrelation of 12 s windows, averaged (a tempo that drifts blurs it little); 1 at lag 0, float64."""
    window = min(WINDOW, len(onsets))
    size = 2 * window
    total = np.zeros(window)
    for start in range(0, max(1, len(onsets) - window + 1), STEP):
        part = onsets[start : start + window]
        # A period is hardly ever a whole number of frames: a little blur lets onsets meet all the same.
        part = np.convolve(part - part.mean(), BLUR, "same")
        spectrum = np.fft.rfft(part, size)
        total += np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:window]
    if total[0] <= 0:
        return np.zeros(min(LONGEST_LAG, window))
    unbiased = total / (1 - np.arange(window) / window)
    return (unbiased / total[0])[: max(2, min(LONGEST_LAG, window * 3 // 4))]


def track_beats(onsets: np.ndarray, lag: float) -> np.ndarray:
    """The frames of the beats, int64, about `lag` frames apart."""
    reach = np.arange(-int(lag), int(lag) + 1)
    smooth = np.convolve(onsets / max(onsets.std(), 1e-12), np.exp(-0.5 * (reach * 32 / lag) ** 2), "same")
    if len(smooth) > len(onsets):
        smooth = smooth[(len(smooth) - len(onsets)) // 2 :][: len(onsets)]
    beats = _best_path(smooth, lag, TIGHTNESS)
    # Beats before the first sound and after the last one are made up.
    strong = np.flatnonzero(smooth[beats] > 0.5 * np.sqrt(np.mean(smooth[beats] ** 2)))
    return beats[strong[0] : strong[-1] + 1] if len(strong) else beats


def _beat_lag(autocorrelation: np.ndarray) -> float:
    lags = 60 * FRAMES_PER_SECOND / np.geomspace(SLOWEST, FASTEST, 300)
    lags = lags[lags < len(autocorrelation) - 2]
    salience = _salience(autocorrelation, lags)
    prior = np.exp(-0.5 * (np.log2(60 * FRAMES_PER_SECOND / lags / PRIOR_BPM) / PRIOR_OCTAVES) ** 2)
    lag = float(lags[(salience * prior).argmax()])
    lag = _refine(autocorrelation, lag)
    for times in (2, 3):
        faster = lag / times
        quick_enough = 60 * FRAMES_PER_SECOND / faster <= FASTEST_DOUBLED
        if quick_enough and _near(autocorrelation, faster) >= NEARLY_AS_STRONG * _near(autocorrelation, lag):
            return _refine(autocorrelation, faster)
    slow_enough = 60 * FRAMES_PER_SECOND / (2 * lag) >= SLOWEST and 2 * lag < len(autocorrelation) - 2
    if slow_enough and _near(autocorrelation, lag) < HARDLY_THERE * _near(autocorrelation, 2 * lag):
        return _refine(autocorrelation, 2 * lag)
    return lag


def _salience(autocorrelation: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """How high the autocorrelation is at each lag and its multiples, as far as there are any."""
    places = np.arange(1, len(MULTIPLES) + 1)[:, None] * lags
    heights = np.interp(places, np.arange(len(autocorrelation)), autocorrelation, right=0.0)
    weights = MULTIPLES[:, None] * (places < len(autocorrelation) - 1)
    return np.maximum((heights * weights).sum(axis=0) / weights.sum(axis=0), 0)


def _refine(autocorrelation: np.ndarray, lag: float) -> float:
    """The lag made finer by the peaks at its multiples: the k-th one knows it k times as well."""
    height = _near(autocorrelation, lag)
    for times in range(1, 17):
        place = times * lag
        reach = 2 if times == 1 else 1
        if place + reach + 1 >= len(autocorrelation):
            break
        low = max(1, round(place) - reach)
        top = low + int(autocorrelation[low : round(place) + reach + 1].argmax())
        if autocorrelation[top] < 0.3 * height:
            break
        before, at, after = autocorrelation[top - 1 : top + 2]
        curve = before - 2 * at + after
        shift = 0.5 * (before - after) / curve if curve < 0 else 0.0
        lag = (top + float(np.clip(shift, -0.5, 0.5))) / times
    return lag


def _near(autocorrelation: np.ndarray, lag: float) -> float:
    """The highest value within a frame of the lag."""
    place = round(lag)
    return float(autocorrelation[max(1, place - 1) : place + 2].max(initial=0.0))


def _peaks_per_second(onsets: np.ndarray) -> float:
    """Local maxima within 70 ms that stand clear of the rest."""
    if len(onsets) < 8:
        return 0.0
    highest = np.lib.stride_tricks.sliding_window_view(np.pad(onsets, 3), 7).max(axis=1)
    clear = (onsets == highest) & (onsets > 1.5 * onsets.mean())
    return float(clear.sum() / (len(onsets) / FRAMES_PER_SECOND))


def _moving_mean(values: np.ndarray, seconds: float) -> np.ndarray:
    half = max(1, round(seconds * FRAMES_PER_SECOND / 2))
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    place = np.arange(len(values))
    low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


@numba.njit(nogil=True, cache=True)
def _best_path(onsets, lag, tightness):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = len(onsets)
    score = np.empty(n)
    before = np.full(n, -1, dtype=np.int64)
    nearest, farthest = max(1, round(lag / 2)), round(2 * lag)
    costs = np.zeros(farthest + 1)
    for gap in range(nearest, farthest + 1):
        costs[gap] = tightness * np.log(gap / lag) ** 2
    for frame in range(n):
        best, place = 0.0, -1
        for gap in range(nearest, min(farthest, frame) + 1):
            value = score[frame - gap] - costs[gap]
            if value > best:
                best, place = value, frame - gap
        score[frame] = onsets[frame] + best
        before[frame] = place
    # The path ends where it scores best among the last places a beat can be.
    frame = int(max(0, n - int(lag)) + np.argmax(score[max(0, n - int(lag)) :]))
    beats = np.empty(n, dtype=np.int64)
    count = 0
    while frame >= 0:
        beats[count] = frame
        count += 1
        frame = before[frame]
    return beats[:count][::-1].copy()

"""The desk: places in the stereo picture, the room, making way for the bass drum, and a limiter at the end."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d
from scipy.signal import butter, lfilter

from segue.demo.music.sound import RATE
from segue.demo.music.tones import Wave

PEAK = 0.93
_ROOM_RATE = RATE // 2
_STEP = 160


class Desk:
    """Takes notes, each at its place (samples from the start), and gives the piece."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.firm, self.ducked = np.zeros((2, n), dtype=np.float32), np.zeros((2, n), dtype=np.float32)
        self.driven = {-1: np.zeros(n, dtype=np.float32), 1: np.zeros(n, dtype=np.float32)}
        self.room = np.zeros(n, dtype=np.float32)

    def add(self, wave: Wave, at: int, level: float, pan: float, room: float, *, ducked: bool = False) -> None:
        """A sound, at so many samples from the start; what would come after the end is cut."""
        at = max(at, 0)
        length = min(wave.shape[-1], self.n - at)
        if length <= 0:
            return
        bus = self.ducked if ducked else self.firm
        angle = (pan + 1) * np.pi / 4
        gains = np.float32(level * 1.414) * np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        both = wave if wave.ndim == 2 else (wave, wave)
        for side in range(2):
            bus[side, at : at + length] += gains[side] * both[side][:length]
        if room:
            self.room[at : at + length] += np.float32(level * room) * both[0][:length]

    def drive(self, wave: Wave, at: int, level: float, pan: float) -> None:
        """A string of a guitar that will be distorted, with all others of its side."""
        side = self.driven[-1 if pan < 0 else 1]
        length = min(len(wave), self.n - at)
        if length > 0:
            side[at : at + length] += np.float32(level) * wave[:length]

    def mixed(
        self, rng: np.random.Generator, *, room_s: float, drive: float, duck: np.ndarray | None, rms: float
    ) -> np.ndarray:
        """All of it: float32, shape (n, 2), below `PEAK`, about as loud as `rms` says."""
        mix = self.firm
        for side, wave in self.driven.items():
            if drive and wave.any():
                guitar = _distorted(wave, drive)
                mix[0] += guitar * np.float32(0.9 if side < 0 else 0.22)
                mix[1] += guitar * np.float32(0.22 if side < 0 else 0.9)
                self.room += guitar * np.float32(0.08)
        mix += self.ducked if duck is None else self.ducked * duck
        mix += _reverberated(self.room if duck is None else self.room * (0.4 + 0.6 * duck), room_s, rng)
        b, a = butter(2, 32, "highpass", fs=RATE)
        mix = lfilter(b.astype(np.float32), a.astype(np.float32), mix, axis=1)
        return _limited(mix, rms)


def _distorted(wave: np.ndarray, drive: float) -> np.ndarray:
    """A driven amplifier and its loudspeaker, which lets little through above 4 kHz and below 90 Hz."""
    loud = np.tanh(wave * np.float32(drive * 2.2) + np.float32(0.08))
    b, a = butter(2, [90, 4200], "bandpass", fs=RATE)
    return np.asarray(lfilter(b, a, loud), dtype=np.float32) * np.float32(0.17)


def _reverberated(wave: np.ndarray, room_s: float, rng: np.random.Generator) -> np.ndarray:
    """The room, in stereo: noise that dies away, the high parts sooner; at half the rate, as it holds little above 6 kHz."""
    b, a = butter(2, 6200, fs=RATE)
    half = np.asarray(lfilter(b, a, wave), dtype=np.float32)[::2]
    n = int(room_s * _ROOM_RATE)
    t = np.arange(n) / _ROOM_RATE
    answer = rng.standard_normal((2, n)) * np.exp(-6.9 * t / room_s) * np.clip((t - 0.012) / 0.02, 0, 1)
    b, a = butter(1, 3200, fs=_ROOM_RATE)
    dark = lfilter(b, a, answer, axis=1)
    fade = np.exp(-t / (0.25 * room_s))
    answer = answer * fade * 0.5 + dark
    answer /= np.sqrt((answer**2).sum(axis=1, keepdims=True))
    size = next_fast_len(len(half) + n, real=True)
    wet = irfft(rfft(half, size) * rfft(answer.astype(np.float32), size), size)[:, : len(half)]
    whole = np.empty((2, len(wave)), dtype=np.float32)
    whole[:, ::2] = wet
    between = whole[:, 1::2]
    between[:] = wet[:, : between.shape[1]]
    between[:, :-1] += wet[:, 1 : between.shape[1]]
    between[:, :-1] *= 0.5
    return whole


def _limited(mix: np.ndarray, rms: float) -> np.ndarray:
    """As loud as is wanted, with peaks held down: a gain that falls before them and comes back slowly, then a soft edge."""
    loud = np.sqrt(np.mean(mix**2, dtype=np.float64))
    mix *= np.float32(rms / max(loud, 1e-9))
    n = mix.shape[1]
    blocks = -(-n // _STEP)
    peaks = np.zeros((2, blocks * _STEP), dtype=np.float32)
    np.abs(mix, out=peaks[:, :n])
    peak = peaks.max(axis=0).reshape(blocks, _STEP).max(axis=1)
    wanted = np.minimum(1, 0.82 / np.maximum(maximum_filter1d(peak, 9), 1e-9))
    gain = gaussian_filter1d(minimum_filter1d(wanted, 15), 4)
    mix *= np.interp(np.arange(n), (np.arange(blocks) + 0.5) * _STEP, gain).astype(np.float32)
    return np.ascontiguousarray((np.float32(PEAK) * np.tanh(mix / np.float32(PEAK))).T)


def ducking(n: int, hits: list[int]) -> np.ndarray:
    """A gain that falls to a third at each hit of the bass drum (samples from the start) and comes back in a fifth of a second."""
    gain = np.ones(n, dtype=np.float32)
    dip = 1 - 0.62 * np.exp(-np.arange(int(0.22 * RATE)) / (0.075 * RATE)).astype(np.float32)
    dip[:64] = np.linspace(1, dip[64], 64)
    dip[-800:] += (1 - dip[-800:]) * np.linspace(0, 1, 800, dtype=np.float32)
    for at in hits:
        part = gain[at : at + len(dip)]
        np.minimum(part, dip[: len(part)], out=part)
    return gain

"""Instruments: a note as a sum of partials, each of which decays by itself; all of them at once by one product of matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.demo.music.sound import RATE

_BLOCK = 256
_HIGHEST_HZ = 13_000.0
Wave = np.ndarray
"""Float32, shape (n,), or (2, n) for what is wide."""


@dataclass(frozen=True)
class Voice:
    """One instrument.

    Attributes:
        partials: so many, at most.
        tilt: the k-th partial is k^-tilt as loud as the first.
        even: how loud partials of even number are beside odd ones.
        decay: how fast the first partial decays, 1/s; 0 for what sounds as long as it is held.
        damping: how much faster each further partial decays, 1/s.
        stretch: inharmonicity of strings (Fletcher's B).
        ratios: where partials are that are no multiples of the first (bells, organs), with `levels`.
        copies, cents: how many of it play at once, and how far they are out of tune.
        attack_s, release_s: how fast it begins and ends.
        vibrato: depth in cents, at 5.3 Hz.
        formants: whether it sings: partials near the formants of "ah" are louder.
        low_hz: above it, partials fade by 12 dB in an octave.
        wide: whether it sounds from both sides.
        level: its loudness beside others.
    """

    partials: int = 12
    tilt: float = 1.2
    even: float = 1.0
    decay: float = 0.0
    damping: float = 0.0
    stretch: float = 0.0
    ratios: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    copies: int = 1
    cents: float = 0.0
    attack_s: float = 0.006
    release_s: float = 0.08
    vibrato: float = 0.0
    formants: bool = False
    low_hz: float = 6000.0
    wide: bool = False
    level: float = 1.0


VOICES: dict[str, Voice] = {
    "piano": Voice(16, 1.15, decay=0.9, damping=0.42, stretch=3.5e-4, copies=2, cents=1.2, attack_s=0.003, release_s=0.18),
    "electric piano": Voice(ratios=(1, 2, 3, 4, 7.02, 13.9), levels=(1, 0.28, 0.1, 0.06, 0.09, 0.04), decay=1.3, damping=1.1,
                            attack_s=0.004, release_s=0.15),
    "nylon": Voice(14, 1.35, decay=1.7, damping=0.75, stretch=5e-5, attack_s=0.002, release_s=0.1, level=1.15),
    "steel": Voice(20, 1.0, decay=1.3, damping=0.45, stretch=1e-4, copies=2, cents=2.5, attack_s=0.002, release_s=0.12),
    "clean guitar": Voice(14, 1.15, decay=1.1, damping=0.5, copies=2, cents=4, attack_s=0.003, release_s=0.1, low_hz=3800),
    "harp": Voice(12, 1.5, decay=1.2, damping=0.6, attack_s=0.003, release_s=0.5),
    "glockenspiel": Voice(ratios=(1, 2.76, 5.4), levels=(1, 0.3, 0.12), decay=2.2, damping=2.0, attack_s=0.002, release_s=0.4,
                          level=0.7),
    "vibraphone": Voice(ratios=(1, 4, 10), levels=(1, 0.16, 0.04), decay=1.0, damping=1.4, attack_s=0.003, release_s=0.3),
    "organ": Voice(ratios=(0.5, 1, 1.5, 2, 3, 4, 6), levels=(0.5, 1, 0.35, 0.6, 0.3, 0.2, 0.06), attack_s=0.012, release_s=0.06,
                   copies=2, cents=3, level=0.62),
    "accordion": Voice(14, 0.9, attack_s=0.03, release_s=0.06, copies=2, cents=9, low_hz=2600, level=0.6),
    "pad": Voice(12, 1.25, attack_s=0.35, release_s=0.6, copies=3, cents=7, low_hz=1500, wide=True, level=0.75),
    "bright pad": Voice(14, 1.05, attack_s=0.12, release_s=0.4, copies=3, cents=9, low_hz=2600, wide=True, level=0.65),
    "strings": Voice(16, 1.1, attack_s=0.14, release_s=0.28, copies=3, cents=6, low_hz=3200, wide=True, level=0.7),
    "choir": Voice(16, 0.9, attack_s=0.22, release_s=0.45, copies=3, cents=9, formants=True, wide=True, level=0.85),
    "drone": Voice(10, 1.5, attack_s=1.2, release_s=1.6, copies=3, cents=4, low_hz=1100, wide=True, level=0.9),
    "glass": Voice(ratios=(1, 2, 3.01, 5.03), levels=(1, 0.3, 0.15, 0.05), decay=0.5, damping=0.5, attack_s=0.02, release_s=0.8,
                   wide=True, copies=2, cents=4, level=0.8),
    "pluck": Voice(16, 0.95, decay=3.2, damping=0.6, attack_s=0.002, release_s=0.06, copies=2, cents=5, low_hz=4200, level=0.8),
    "stab": Voice(16, 1.0, decay=4.5, damping=0.4, attack_s=0.003, release_s=0.07, copies=3, cents=8, low_hz=3200, wide=True,
                  level=0.8),
    "finger bass": Voice(9, 1.35, decay=1.4, damping=0.8, attack_s=0.005, release_s=0.05, low_hz=900),
    "upright bass": Voice(7, 1.6, decay=2.2, damping=1.3, attack_s=0.008, release_s=0.06, low_hz=700, level=1.15),
    "synth bass": Voice(12, 1.0, decay=2.4, damping=0.9, attack_s=0.004, release_s=0.04, low_hz=700),
    "sub bass": Voice(3, 2.2, decay=0.8, attack_s=0.006, release_s=0.08, low_hz=300, level=1.15),
    "flute": Voice(6, 2.1, attack_s=0.05, release_s=0.09, vibrato=14, level=1.1),
    "fiddle": Voice(16, 1.05, attack_s=0.06, release_s=0.09, vibrato=18, low_hz=3000, level=0.7),
    "saxophone": Voice(14, 0.85, attack_s=0.035, release_s=0.08, vibrato=16, low_hz=1800, level=0.75),
    "trumpet": Voice(14, 0.7, attack_s=0.03, release_s=0.06, vibrato=10, low_hz=2300, level=0.65),
    "voice": Voice(18, 0.95, attack_s=0.06, release_s=0.12, vibrato=26, formants=True, level=1.0),
    "lead": Voice(18, 0.95, attack_s=0.012, release_s=0.1, vibrato=12, low_hz=3000, level=0.6),
    "square lead": Voice(15, 1.0, even=0.08, attack_s=0.01, release_s=0.09, vibrato=10, low_hz=2600, level=0.65),
    "lead guitar": Voice(16, 0.8, attack_s=0.012, release_s=0.1, vibrato=20, low_hz=2400, level=0.6),
    "string": Voice(14, 0.9, decay=0.5, damping=0.25, attack_s=0.003, release_s=0.04, low_hz=2600),
}  # fmt: skip
_FORMANTS = ((650.0, 130.0, 1.0), (1080.0, 160.0, 0.65), (2650.0, 300.0, 0.22))
_VIBRATO_HZ = 5.3


def hz_of(note: float) -> float:
    """The frequency of a MIDI note."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def note_of(voice: Voice, note: float, seconds: float, force: float, rng: np.random.Generator) -> Wave:
    """One note of an instrument, held so long and then released; `force` from 0 to 1 makes it louder and brighter."""
    n = int((seconds + voice.release_s) * RATE)
    if voice.vibrato:
        wave = _sung(voice, hz_of(note), n, force)
    elif voice.wide:
        wave = np.stack([_struck(voice, hz_of(note), n, force, rng) for _ in range(2)])
    else:
        wave = _struck(voice, hz_of(note), n, force, rng)
    wave *= _envelope(n, voice.attack_s, voice.release_s) * np.float32(voice.level * (0.35 + 0.65 * force))
    return wave


def _envelope(n: int, attack_s: float, release_s: float) -> np.ndarray:
    """From 0 to 1, and back to 0 at the end: no clicks."""
    envelope = np.ones(n, dtype=np.float32)
    rise = min(max(int(attack_s * RATE), 16), n // 2)
    fall = min(max(int(release_s * RATE), 32), n - rise)
    envelope[:rise] = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, rise, dtype=np.float32))
    envelope[n - fall :] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fall, dtype=np.float32))) ** 1.5
    return envelope


def _spectrum(voice: Voice, hz: float, force: float) -> tuple[np.ndarray, np.ndarray]:
    """The frequencies of the partials as multiples of the first, and their amplitudes: their squares sum up to 1."""
    if voice.ratios:
        ratios, levels = np.array(voice.ratios, dtype=np.float64), np.array(voice.levels)
        levels = levels * np.where(ratios > 1, 0.5 + 0.7 * force, 1.0)
    else:
        ratios = np.arange(1, voice.partials + 1, dtype=np.float64)
        levels = ratios ** -(voice.tilt + 0.5 * (1 - force))
        levels[1::2] *= voice.even
        ratios = ratios * np.sqrt(1 + voice.stretch * ratios**2)
    heard = ratios * hz < _HIGHEST_HZ
    heard[0] = True
    ratios, levels = ratios[heard], levels[heard]
    levels = levels / (1 + (ratios * hz / (voice.low_hz * (0.6 + 0.8 * force))) ** 2)
    if voice.formants:
        at = ratios * hz
        levels = levels * (0.06 + sum(gain / (1 + ((at - middle) / width) ** 2) for middle, width, gain in _FORMANTS))
    return ratios, levels / np.sqrt((levels**2).sum())


def _struck(voice: Voice, hz: float, n: int, force: float, rng: np.random.Generator) -> Wave:
    """A sum of decaying partials: exp(z (a B + b)) = exp(z a B) exp(z b), so all of it is one product of two small matrices."""
    ratios, levels = _spectrum(voice, hz, force)
    decays = voice.decay + voice.damping * (ratios - 1) * (1 if hz < 500 else 500 / hz)
    off = np.linspace(-1, 1, voice.copies) if voice.copies > 1 else np.zeros(1)
    detuned = 2 ** (voice.cents * off / 1200)
    frequencies = (hz * ratios[:, None] * detuned).ravel()
    z = (2j * np.pi * frequencies - np.repeat(decays, voice.copies)) / RATE
    weights = np.repeat(levels, voice.copies) / np.sqrt(voice.copies)
    phases = rng.uniform(0, 2 * np.pi, len(z)) if voice.copies > 1 else np.zeros(len(z))
    starts = np.exp(z * (_BLOCK * np.arange(-(-n // _BLOCK)))[:, None]) * (weights * np.exp(1j * phases))
    steps = np.exp(z[:, None] * np.arange(_BLOCK))
    left = np.concatenate([starts.real, -starts.imag], axis=1).astype(np.float32)
    right = np.concatenate([steps.imag, steps.real * -1], axis=0).astype(np.float32)
    return np.ascontiguousarray((left @ right).ravel()[:n])


def _sung(voice: Voice, hz: float, n: int, force: float) -> Wave:
    """A period that is read at a speed that trembles."""
    ratios, levels = _spectrum(voice, hz, force)
    size = 4096
    turns = np.arange(size) / size
    table = (np.sin(2 * np.pi * np.round(ratios)[:, None] * turns) * levels[:, None]).sum(axis=0).astype(np.float32)
    t = np.arange(n, dtype=np.float64) / RATE
    # It comes in after a while, as players let it. The phase is the integral of the frequency.
    depth = hz * (2 ** (voice.vibrato / 1200) - 1) / (2 * np.pi * _VIBRATO_HZ) * np.clip((t - 0.15) / 0.3, 0, 1)
    phase = hz * t + depth * np.sin(2 * np.pi * _VIBRATO_HZ * t)
    return np.take(table, (phase * size).astype(np.int64) & (size - 1))

"""Music, speech and noise made by rule, so that a test knows what is in it. All is float32 mono at RATE, within +-1."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import numpy as np
import soundfile

RATE = 44_100
A4 = 440.0
MAJOR_CADENCE = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR_CADENCE = ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7))


def clicks(bpm: float, seconds: float, offset: float = 0.3, rate: int = RATE) -> np.ndarray:
    """Short bursts of 1 kHz, one a beat, the first at `offset` seconds."""
    out = np.zeros(round(seconds * rate), dtype=np.float32)
    burst = tone(1_000, 0.03, rate) * decay(0.03, 0.006, rate)
    for time in np.arange(offset, seconds - 0.1, 60 / bpm):
        add(out, burst, round(time * rate))
    return out


def drums(bpm: float, seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """Kick on every beat, snare on every second, hi-hat on eighths."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate), dtype=np.float32)
    time = np.arange(round(0.25 * rate)) / rate
    kick = np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-time * 25)))) * np.exp(-time * 14)
    snare = (rng.normal(size=len(time)) * 0.35 + np.sin(2 * np.pi * 190 * time) * 0.4) * np.exp(-time * 22)
    hat = np.diff(rng.normal(size=len(time) + 1)) * 0.12 * np.exp(-time * 70)
    for beat in range(int((seconds - 0.3) * bpm / 60)):
        at = beat * 60 / bpm
        add(out, kick, round(at * rate))
        if beat % 2:
            add(out, snare, round(at * rate))
        for half in (0, 0.5):
            add(out, hat, round((at + half * 60 / bpm) * rate))
    return level(out)


def bass(bpm: float, seconds: float, rate: int = RATE) -> np.ndarray:
    """Eighths on the roots of a progression, with harmonics."""
    out = np.zeros(round(seconds * rate), dtype=np.float32)
    length = 30 / bpm
    for index in range(int((seconds - length) / length)):
        root = (33, 33, 36, 31)[index // 8 % 4]
        add(out, note(root, length * 0.95, rate, fade=0.25, harmonics=6), round(index * length * rate))
    return level(out)


def cadence(
    key: int, *, minor: bool, a4: float = A4, beat: float = 0.6, repeats: int = 2, rate: int = RATE
) -> np.ndarray:
    """Chords I-IV-V-I in a key (0 is C), with a bass."""
    chords = MINOR_CADENCE if minor else MAJOR_CADENCE
    parts = [chord([48 + key + step for step in steps] + [36 + key + steps[0]], beat, rate, a4) for steps in chords]
    return level(np.concatenate(parts * repeats))


def plucked(seconds: float, key: int = 0, beat: float = 1.5, rate: int = RATE) -> np.ndarray:
    """Slow broken chords of strings that ring on."""
    out = np.zeros(round(seconds * rate), dtype=np.float32)
    steps = [step for steps in MAJOR_CADENCE for step in steps]
    for index, at in enumerate(np.arange(0, seconds - beat, beat)):
        sound = note(48 + key + steps[index % len(steps)], 4 * beat, rate, fade=1.2, harmonics=10)
        add(out, sound, round(at * rate))
    return level(out)


def drone(seconds: float, key: int = 0, rate: int = RATE) -> np.ndarray:
    """A chord that never changes, of pure steady tones."""
    time = np.arange(round(seconds * rate)) / rate
    return level(sum(np.sin(2 * np.pi * hertz(48 + key + step) * time) for step in (0, 7, 12, 16)))  # type: ignore[arg-type]


def singing(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """A voice: gliding notes with vibrato through formants."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    knots = np.arange(0, seconds + 1, 0.45)
    notes = rng.choice([57, 59, 60, 62, 64, 65, 67], len(knots))
    time = np.arange(n) / rate
    steps = notes[np.minimum((time / 0.45).astype(int), len(notes) - 1)].astype(float)
    width = round(0.08 * rate)
    glide = np.convolve(np.pad(steps, width, mode="edge"), np.ones(width) / width, "same")[width:-width]
    phase = 2 * np.pi * np.cumsum(hertz(glide + 0.5 * np.sin(2 * np.pi * 5.5 * time))) / rate
    out = np.zeros(n)
    for harmonic in range(1, 25):
        hz = hertz(glide) * harmonic
        shape = sum(np.exp(-0.5 * ((hz - centre) / (0.12 * centre + 40)) ** 2) for centre in (650, 1_150, 2_700))
        out += np.sin(harmonic * phase) * (shape + 0.02) * (hz < rate / 2)
    gaps = 0.15 + 0.85 * (np.sin(2 * np.pi * time / 3.6) > -0.8)
    return level(out * np.convolve(gaps, np.ones(width) / width, "same"))


def speech(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """Like speech: syllables about four a second, of buzzing vowels and hissing consonants, with pauses between phrases."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate), dtype=np.float32)
    at = 0.1
    while at < seconds - 0.5:
        for _ in range(int(rng.integers(5, 12))):
            length = float(rng.uniform(0.11, 0.24))
            n = round(length * rate)
            time = np.arange(n) / rate
            pitch = 120 * 2 ** (rng.normal() * 0.15) * 2 ** (-0.4 * time / length)
            phase = 2 * np.pi * np.cumsum(pitch) / rate
            first, second = rng.uniform(300, 800), rng.uniform(900, 2_300)
            vowel = sum(
                np.sin(k * phase) * (np.exp(-abs(k * 120 - first) / 150) + 0.5 * np.exp(-abs(k * 120 - second) / 200))
                for k in range(1, 30)
            )
            add(out, vowel * np.hanning(n) * rng.uniform(0.5, 1), round(at * rate))
            if rng.random() < 0.6:
                hiss = np.diff(rng.normal(size=round(0.07 * rate) + 1))
                add(out, hiss * np.hanning(len(hiss)) * 0.5, round((at + length) * rate))
            at += length + float(rng.uniform(0.02, 0.12))
            if at > seconds - 0.5:
                break
        at += float(rng.uniform(0.25, 0.6))
    return level(out)


def noise(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """White noise."""
    return level(np.random.default_rng(seed).normal(size=round(seconds * rate)))


def crowd(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """Applause and murmur: coloured noise whose level wanders."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    hiss = np.convolve(rng.normal(size=n), np.hanning(25) * np.cos(0.2 * np.arange(25)), "same")
    wander = np.interp(np.arange(n), np.linspace(0, n, int(seconds * 3)), rng.uniform(0.6, 1, int(seconds * 3)))
    return level(hiss * wander)


def mixed(*parts: tuple[np.ndarray, float]) -> np.ndarray:
    """Sounds of the same length, each with its amplitude."""
    return level(reduce(np.add, (sound * np.float32(amplitude) for sound, amplitude in parts)))


def band(bpm: float, seconds: float, rate: int = RATE) -> np.ndarray:
    """Drums, bass and chords: something like a song."""
    pad = np.resize(cadence(9, minor=True, beat=240 / bpm, rate=rate), round(seconds * rate))
    return mixed((drums(bpm, seconds, rate), 1.0), (bass(bpm, seconds, rate), 0.7), (pad, 0.5))


def chord(notes: list[int], seconds: float, rate: int = RATE, a4: float = A4) -> np.ndarray:
    return sum(note(number, seconds, rate, fade=0.8, harmonics=6, a4=a4) for number in notes)  # type: ignore[return-value]


def note(number: int, seconds: float, rate: int, fade: float, harmonics: int, a4: float = A4) -> np.ndarray:
    """A MIDI note with harmonics that fall off as 1/k, and dies away."""
    pitch = float(hertz(number, a4))
    sound = sum(tone(k * pitch, seconds, rate) / k for k in range(1, harmonics + 1) if k * pitch < rate / 2)
    edge = np.minimum(1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / (0.005 * rate))
    return sound * decay(seconds, fade, rate) * edge


def hertz(number: np.ndarray | float, a4: float = A4) -> np.ndarray:
    return a4 * 2 ** ((np.asarray(number) - 69) / 12)


def tone(hz: float, seconds: float, rate: int = RATE) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def decay(seconds: float, fade: float, rate: int = RATE) -> np.ndarray:
    return np.exp(-np.arange(round(seconds * rate)) / rate / fade)


def add(out: np.ndarray, sound: np.ndarray, at: int) -> None:
    end = min(len(out), at + len(sound))
    out[at:end] += sound[: max(0, end - at)]


def level(sound: np.ndarray, peak: float = 0.7) -> np.ndarray:
    """The sound with its highest sample at `peak`."""
    highest = float(np.abs(sound).max())
    return (np.asarray(sound) * (peak / highest if highest else 1)).astype(np.float32)


def written(path: Path, sound: np.ndarray, rate: int = RATE, subtype: str | None = "FLOAT") -> Path:
    """The sound in a file, of the format of its suffix."""
    soundfile.write(path, sound, rate, subtype=subtype if path.suffix == ".wav" else None)
    return path

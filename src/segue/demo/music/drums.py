"""Drums: a few sounds made once for a piece, and rhythms of sixteen steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, lfilter

from segue.demo.music.sound import RATE


@dataclass(frozen=True)
class Beat:
    """A bar in sixteenths: each digit is how hard a drum is hit, 1 to 9. `busy` is what comes in where there is much energy."""

    hits: dict[str, str]
    busy: dict[str, str]
    swing: float = 0.0
    """How late every second sixteenth (or, for what swings in eighths, every second eighth) comes, as a share of it."""


def _beat(swing: float = 0.0, busy: dict[str, str] | None = None, **hits: str) -> Beat:
    return Beat(hits, busy or {}, swing)


BEATS: dict[str, Beat] = {
    "none": _beat(),
    "rock": _beat(
        kick="9.....4.8.5.....",
        snare="....9.......9...",
        hat="8.4.8.4.8.4.8.4.",
        busy={"crash": "7...............", "kick": "..........4....."},
    ),
    "driving": _beat(
        kick="9...5.7.9...5...", snare="....9.......9..3", hat="9.4.9.4.9.4.9.4.", busy={"hat": "..3...3...3...3."}
    ),
    "soft": _beat(
        kick="7.......6.......", snare="....5.......5...", hat="5.2.5.2.5.2.5.2.", busy={"hat": "..2...2...2...2."}
    ),
    "vast": _beat(
        kick="8.......7.3.....", snare="....6.......7...", ride="6.3.6.3.6.3.6.3.", busy={"crash": "6..............."}
    ),
    "four": _beat(
        kick="9...9...9...9...", clap="....7.......7...", hat="3.6.3.6.3.6.3.6.", busy={"hat": "2.2.2.2.2.2.2.2."}
    ),
    "techno": _beat(
        kick="9...9...9...9...", hat="4.6.4.6.4.6.4.6.", rim="......3....4....", busy={"clap": "....6.......6..."}
    ),
    "disco": _beat(
        kick="9...8...9...8...", snare="....8.......8...", hat="6.5.6.5.6.5.6.5.", busy={"clap": "....5.......5..."}
    ),
    "slow": _beat(
        0.08,
        kick="8.....4.7.......",
        snare="....6.......6...",
        hat="5.3.5.3.5.3.5.3.",
        busy={"shaker": "3.2.3.2.3.2.3.2."},
    ),
    "boom bap": _beat(
        0.22,
        kick="9.......7.6.....",
        snare="....9.......9...",
        hat="7.3.7.3.7.3.7.3.",
        busy={"hat": ".......2.......2"},
    ),
    "trap": _beat(
        kick="9.....5.7.......", clap="....8...8...8...", hat="6.3.6.3.6.3.6.3.", busy={"hat": ".......2.....2.2"}
    ),
    "funk": _beat(
        kick="9..4..6.7.4.....", snare="....9..2.2..9..2", hat="8.4.8.4.8.4.8.4.", busy={"hat": ".2.2.2.2.2.2.2.2"}
    ),
    "swing": _beat(
        0.30,
        ride="8...7.3.8...7.3.",
        kick="5...4...5...4...",
        hat="....6.......6...",
        busy={"snare": "......2.......3."},
    ),
    "brushes": _beat(0.28, ride="5...5.2.5...5.2.", hat="....4.......4...", kick="4...3...4...3..."),
    "bossa": _beat(kick="7...5...7...5...", rim="6..5..4...5..4..", shaker="6.2.6.2.6.2.6.2."),
    "cumbia": _beat(
        kick="8...6...8...6...", shaker="7.347.347.347.34", tom="......5.......6.", busy={"rim": "....5.......5..."}
    ),
    "dembow": _beat(kick="9...8...9...8...", snare="...6..6....6..6.", hat="5.2.5.2.5.2.5.2."),
    "doom": _beat(
        kick="9.....5.8.......",
        snare="....9.......9...",
        ride="7...6...7...6...",
        busy={"crash": "8...............", "kick": "..........5....."},
    ),
    "thrash": _beat(
        kick="9.5.8.5.9.5.8.5.", snare="....8.......8...", hat="8...8...8...8...", busy={"crash": "7..............."}
    ),
    "metal": _beat(
        kick="9.5.6...8.5.....", snare="....9.......9...", ride="7...7...7...7...", busy={"kick": "............5.5."}
    ),
    "stomp": _beat(kick="8...6...8...6...", clap="....4.......4...", shaker="5.2.5.2.5.2.5.2."),
}


def kit(rng: np.random.Generator, electronic: bool) -> dict[str, np.ndarray]:  # noqa: FBT001
    """The sounds of a kit: float32 waves by name, each at most 1."""
    made = {
        "kick": _drop(150 if electronic else 115, 47 if electronic else 52, 0.34 if electronic else 0.24, 7 if electronic else 11),
        "tom": _drop(210, 130, 0.3, 9),
        "snare": _snare(rng, 190, 0.2, 15 if electronic else 19),
        "clap": _clap(rng),
        "hat": _noise(rng, 0.07, 60, 7500),
        "shaker": _noise(rng, 0.09, 42, 5200, attack_s=0.012),
        "ride": _noise(rng, 0.4, 9, 6200) * 0.6 + _ring(rng, 0.4) * 0.4,
        "crash": _noise(rng, 1.4, 2.8, 4200),
        "rim": _ping((1720, 830), 0.05, 80),
    }  # fmt: skip
    return {name: (wave / np.abs(wave).max()).astype(np.float32) for name, wave in made.items()}


LEVELS = {
    "kick": 0.62,
    "tom": 0.4,
    "snare": 0.4,
    "clap": 0.34,
    "hat": 0.13,
    "shaker": 0.12,
    "ride": 0.14,
    "crash": 0.16,
    "rim": 0.16,
}
PANS = {"hat": 0.25, "ride": -0.3, "shaker": -0.25, "crash": 0.2, "tom": -0.15, "rim": 0.2}


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * RATE)) / RATE


def _faded(wave: np.ndarray) -> np.ndarray:
    wave[-160:] *= np.linspace(1, 0, 160)
    return wave


def _drop(high: float, low: float, seconds: float, decay: float) -> np.ndarray:
    t = _time(seconds)
    phase = low * t + (high - low) / 38 * (1 - np.exp(-38 * t))
    click = np.sin(2 * np.pi * 1900 * t) * np.exp(-t * 420) * 0.18
    return _faded(np.sin(2 * np.pi * phase) * np.exp(-decay * t) + click)


def _noise(
    rng: np.random.Generator, seconds: float, decay: float, above_hz: float, attack_s: float = 0.0008
) -> np.ndarray:
    t = _time(seconds)
    noise = _filtered(rng.standard_normal(len(t)), above_hz, "highpass")
    return _faded(noise * np.exp(-decay * t) * np.minimum(t / attack_s, 1))


def _snare(rng: np.random.Generator, hz: float, seconds: float, decay: float) -> np.ndarray:
    t = _time(seconds)
    body = (np.sin(2 * np.pi * hz * t) + 0.6 * np.sin(2 * np.pi * hz * 1.59 * t)) * np.exp(-26 * t)
    wires = _filtered(rng.standard_normal(len(t)), 1400, "highpass") * np.exp(-decay * t)
    return _faded(0.6 * body + 0.45 * wires)


def _clap(rng: np.random.Generator) -> np.ndarray:
    t = _time(0.22)
    bursts = sum(np.where(t >= at, np.exp(-(t - at) * (28 if at > 0.02 else 160)), 0) for at in (0, 0.011, 0.023))
    return _faded(_filtered(_filtered(rng.standard_normal(len(t)), 900, "highpass"), 4200, "lowpass") * bursts)


def _ring(rng: np.random.Generator, seconds: float) -> np.ndarray:
    t = _time(seconds)
    return _faded(
        sum(np.sin(2 * np.pi * hz * t + rng.uniform(0, 6)) for hz in (3170, 4630, 5870, 7390)) / 2 * np.exp(-10 * t)
    )


def _ping(frequencies: tuple[float, ...], seconds: float, decay: float) -> np.ndarray:
    t = _time(seconds)
    return _faded(sum(np.sin(2 * np.pi * hz * t) for hz in frequencies) * np.exp(-decay * t))


def _filtered(wave: np.ndarray, hz: float, kind: str) -> np.ndarray:
    b, a = butter(2, hz, kind, fs=RATE)
    return np.asarray(lfilter(b, a, wave))

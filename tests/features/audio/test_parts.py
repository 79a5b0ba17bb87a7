"""The parts whose results can be checked by hand or against an independent implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from segue.features.audio.moments import Moments
from segue.features.audio.movement import MODULATION_EDGES_HZ, fluctuation_exponent, modulation_shares
from segue.features.audio.spectrum import FRAMES_PER_SECOND, Framer, power_spectra
from segue.features.audio.texture import running_median
from segue.features.audio.timbre import zero_crossings
from segue.features.audio.tracks import Tracks
from tests.effort import examples


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(1, 400), st.integers(1, 90), st.integers(1, 5))
def test_frames_do_not_depend_on_how_samples_come(n_samples: int, block: int, batch: int) -> None:
    samples = np.arange(1, n_samples + 1, dtype=np.float32)
    framer = Framer(size=16, hop=8, batch=batch)
    frames = [*(frame for start in range(0, n_samples, block) for frame in framer.add(samples[start : start + block])),
              *framer.finish()]  # fmt: skip
    expected = max(1, -(-(n_samples - 16) // 8) + 1)
    padded = np.pad(samples, (0, (expected - 1) * 8 + 16 - n_samples))
    np.testing.assert_array_equal(
        np.concatenate(frames), [padded[start * 8 : start * 8 + 16] for start in range(expected)]
    )


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(1, 60), st.integers(0, 6), st.integers(0, 1_000))
def test_running_median_is_scipys(width: int, half: int, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 9, (3, width)).astype(np.float32)
    mode = "mirror" if width > half else "nearest"
    expected = median_filter(rows, size=(1, 2 * half + 1), mode=mode)
    np.testing.assert_array_equal(running_median(rows, 2 * half + 1), expected)


def test_moments_are_weighted_means() -> None:
    moments = Moments(1)
    moments.add(np.array([[1.0], [100.0]]), np.array([1.0, 0.0]))
    moments.add(np.array([[4.0]]), np.array([3.0]))
    assert moments.mean[0] == pytest.approx(13 / 4)
    assert moments.spread[0] == pytest.approx(np.sqrt((1 + 3 * 16) / 4 - (13 / 4) ** 2))
    assert not Moments(2).mean.any()


def test_a_tone_has_its_power_in_its_bin() -> None:
    tone = np.sin(2 * np.pi * 32 * np.arange(1_024) / 1_024).astype(np.float32)
    power = power_spectra(tone[None])[0]
    assert power.argmax() == 32
    assert power[31:34].sum() / power.sum() == pytest.approx(1, abs=1e-6)


def test_crossings_of_a_tone_ignore_what_is_but_rounding() -> None:
    tone = np.sin(2 * np.pi * 50 * np.arange(1_024) / 1_024 + 0.1).astype(np.float32)
    assert zero_crossings(tone[None])[0] == pytest.approx(100 / 1_023, abs=0.002)
    rounding = np.random.default_rng(0).normal(size=1_024).astype(np.float32) * np.float32(1e-9)
    rounding[0] = 1
    assert zero_crossings(rounding[None])[0] == 0


@pytest.mark.parametrize("hz", [0.5, 1.0, 2.0, 3.2, 4.5, 6.5, 10.0])
def test_modulation_falls_into_its_band(hz: float) -> None:
    time = np.arange(2_000) / FRAMES_PER_SECOND
    shares = modulation_shares(1 + 0.5 * np.sin(2 * np.pi * hz * time))
    assert shares.argmax() == np.searchsorted(MODULATION_EDGES_HZ, hz) - 1
    assert shares.sum() == pytest.approx(1)


def test_fluctuation_of_known_noises() -> None:
    """The exponent is 0.5 for white noise and near 0 for a steady beat (Peng et al. 1994)."""
    rng = np.random.default_rng(1)
    white = np.abs(1 + 0.1 * rng.normal(size=20_000))
    beat = 1 + 0.9 * np.sin(2 * np.pi * np.arange(20_000) / 7)
    assert fluctuation_exponent(_tracks(white)) == pytest.approx(0.5, abs=0.06)
    assert fluctuation_exponent(_tracks(beat)) < 0.2
    assert fluctuation_exponent(_tracks(np.ones(10))) == 1


def _tracks(loudness: np.ndarray) -> Tracks:
    nothing = np.zeros(len(loudness), dtype=np.float32)
    return Tracks((loudness ** (1 / 0.3)).astype(np.float32), *[nothing] * 6)

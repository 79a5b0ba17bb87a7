from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features.audio import analyse
from segue.features.audio.loudness import LoudnessMeter
from tests.effort import examples
from tests.features.audio import synth


def loudness(sound: np.ndarray, rate: int, block: int = 10_000) -> float | None:
    sound = sound.reshape(len(sound), -1).astype(np.float32)
    meter = LoudnessMeter(rate, sound.shape[1])
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.integrated()


@pytest.mark.parametrize("rate", [8_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_as_loud_as_pyloudnorm_says(rate: int) -> None:
    sounds = {"band": synth.band(100, 6, rate), "speech": synth.speech(6, rate), "noise": synth.noise(6, rate)}
    quiet_then_loud = np.concatenate([sounds["noise"] * np.float32(0.001), sounds["band"]])
    for sound in (*sounds.values(), quiet_then_loud):
        expected = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound.astype(np.float64))
        assert loudness(sound, rate) == pytest.approx(expected, abs=0.1)


def test_five_channels_weigh_as_the_standard_says() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(size=(48_000 * 3, 5)) * (0.1, 0.2, 0.05, 0.1, 0.02)
    assert loudness(sound, 48_000) == pytest.approx(pyloudnorm.Meter(48_000).integrated_loudness(sound), abs=0.1)


def test_the_reference_tone() -> None:
    """BS.1770: a sine of 997 Hz at 0 dB full scale in one channel reads -3.01 LKFS."""
    assert loudness(synth.tone(997, 5, 48_000), 48_000) == pytest.approx(-3.01, abs=0.02)
    both = np.repeat(synth.tone(997, 5, 48_000)[:, None], 2, axis=1)
    assert loudness(both, 48_000) == pytest.approx(0.0, abs=0.02)


def test_low_frequency_channel_does_not_count() -> None:
    sound = np.zeros((48_000, 6))
    sound[:, 0] = synth.tone(997, 1, 48_000)
    alone = loudness(sound, 48_000)
    sound[:, 3] = synth.tone(60, 1, 48_000)
    assert loudness(sound, 48_000) == alone


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(1, 40_000), st.sampled_from([8_000, 11_025, 44_100]), st.floats(0.05, 3))
def test_blocks_of_any_size_say_the_same(block: int, rate: int, seconds: float) -> None:
    sound = synth.noise(seconds, rate) * np.float32(0.3)
    block = max(block, len(sound) // 300)
    assert loudness(sound, rate, block) == pytest.approx(loudness(sound, rate, len(sound)), abs=1e-9)


def test_ten_decibels_quieter_is_ten_units_less(tmp_path: Path) -> None:
    sound = synth.band(100, 5)
    loud = analyse(synth.written(tmp_path / "a.wav", sound)).loudness
    quiet = analyse(synth.written(tmp_path / "b.wav", sound * np.float32(10**-0.5))).loudness
    assert loud is not None
    assert quiet == pytest.approx(loud - 10, abs=0.002)


def test_what_nobody_hears_has_no_loudness() -> None:
    assert loudness(synth.noise(3) * np.float32(1e-5), 44_100) is None
    assert loudness(np.zeros(100), 44_100) is None
    assert LoudnessMeter(44_100, 2).integrated() is None

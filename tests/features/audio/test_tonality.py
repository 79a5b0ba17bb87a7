from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.features.audio import Analysis, analyse
from segue.features.audio.tonality import chroma_of, key_fits
from tests.effort import examples
from tests.features.audio import synth

RATE = 22_050


def analysis_of(folder: Path, sound: np.ndarray) -> Analysis:
    return analyse(synth.written(folder / "a.wav", sound, RATE))


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("key", range(12))
def test_cadences_in_every_key(tmp_path: Path, key: int, minor: bool) -> None:
    found = analysis_of(tmp_path, synth.cadence(key, minor=minor, rate=RATE))
    assert (found.key, found.mode) == (key, 0 if minor else 1)
    assert found.key_confidence > 0.3


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(432, 446), st.integers(0, 11), st.booleans())
def test_however_the_instruments_are_tuned(tmp_path: Path, a4: float, key: int, minor: bool) -> None:
    found = analysis_of(tmp_path, synth.cadence(key, minor=minor, a4=a4, rate=RATE))
    assert (found.key, found.mode) == (key, 0 if minor else 1)


def test_noise_and_speech_are_in_no_sure_key(tmp_path: Path) -> None:
    for sound in (synth.noise(12, RATE), synth.speech(12, RATE)):
        assert analysis_of(tmp_path, sound).key_confidence < 0.25


def test_drums_over_a_cadence_do_not_hide_its_key(tmp_path: Path) -> None:
    cadence = synth.cadence(2, minor=False, repeats=4, rate=RATE)
    drums = np.resize(synth.drums(100, 12, RATE), len(cadence))
    found = analysis_of(tmp_path, synth.mixed((cadence, 1.0), (drums, 0.7)))
    assert (found.key, found.mode) == (2, 1)


def test_pitch_classes_reach_half_a_semitone_either_way() -> None:
    cents = np.zeros(1_200)
    cents[[1_160, 0, 30]] = 1  # 40 cents below C, C, 30 cents above
    cents[460] = 5  # 40 cents below F
    chroma = chroma_of(cents, tuning=0)
    assert chroma[0] == 3
    assert chroma[5] == 5
    assert chroma_of(cents, tuning=-40)[0] == 2


def test_a_scale_fits_its_key_best() -> None:
    scale = np.array([3, 0, 1, 0, 2, 1, 0, 2, 0, 1, 0, 1], dtype=float)
    assert key_fits(scale).argmax() == 0
    assert key_fits(np.roll(scale, 7)).argmax() == 7
    assert not key_fits(np.ones(12)).any()

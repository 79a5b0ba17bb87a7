from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.features.audio import Analysis, analyse
from tests.effort import examples
from tests.features.audio import synth

RATE = 22_050


def analysis_of(folder: Path, sound: np.ndarray, rate: int = RATE) -> Analysis:
    return analyse(synth.written(folder / "a.wav", sound, rate))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(60, 180), st.floats(0.05, 1))
def test_clicks_have_their_tempo_in_the_right_octave(tmp_path: Path, bpm: float, offset: float) -> None:
    found = analysis_of(tmp_path, synth.clicks(bpm, 14, offset, RATE))
    assert found.tempo == pytest.approx(bpm, rel=0.02)


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(60, 180), st.floats(0.05, 1))
def test_beats_are_where_the_clicks_are(tmp_path: Path, bpm: float, offset: float) -> None:
    found = np.array(analysis_of(tmp_path, synth.clicks(bpm, 14, offset, RATE)).beats_ms)
    clicks = 1_000 * np.arange(offset, 14 - 0.1, 60 / bpm)
    apart = np.abs(found[:, None] - clicks)
    assert apart.min(axis=1).max() <= 50
    # A click or two at the ends may be missed, none in between.
    assert (apart.min(axis=0) > 50).sum() <= 2
    assert (apart.min(axis=0)[2:-2] <= 50).all()


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(70, 170))
def test_drums_have_their_tempo_or_an_octave_of_it(tmp_path: Path, bpm: float) -> None:
    found = analysis_of(tmp_path, synth.drums(bpm, 12, RATE)).tempo
    assert found is not None
    assert min(abs(found * octave / bpm - 1) for octave in (0.5, 1, 2)) < 0.02


@pytest.mark.parametrize("bpm", [85, 100, 120, 135])
def test_a_band_with_eighths_has_its_own_tempo(tmp_path: Path, bpm: float) -> None:
    assert analysis_of(tmp_path, synth.band(bpm, 14, RATE)).tempo == pytest.approx(bpm, rel=0.02)


def test_a_tempo_that_drifts_a_little(tmp_path: Path) -> None:
    times = np.cumsum(60 / np.linspace(96, 104, 40))
    sound = np.zeros(round((times[-1] + 1) * RATE), dtype=np.float32)
    for time in times:
        synth.add(sound, synth.tone(1_000, 0.03, RATE) * synth.decay(0.03, 0.006, RATE), round(time * RATE))
    found = analysis_of(tmp_path, sound)
    assert found.tempo == pytest.approx(100, rel=0.05)
    assert (np.abs(np.array(found.beats_ms)[:, None] - 1_000 * times).min(axis=1) <= 50).mean() > 0.9


def test_confidence_tells_a_beat_from_none(tmp_path: Path) -> None:
    clicks = analysis_of(tmp_path, synth.clicks(110, 14, rate=RATE)).tempo_confidence
    noise = analysis_of(tmp_path, synth.noise(14, RATE)).tempo_confidence
    assert clicks > 0.6
    assert noise < 0.3


def test_a_tone_that_never_changes_has_no_tempo(tmp_path: Path) -> None:
    found = analysis_of(tmp_path, synth.drone(10, rate=RATE))
    assert (found.tempo, found.tempo_confidence, found.beats_ms) == (None, 0, ())


def test_beats_are_in_order_and_inside(tmp_path: Path) -> None:
    found = analysis_of(tmp_path, synth.singing(10, RATE))
    assert list(found.beats_ms) == sorted(set(found.beats_ms))
    assert all(0 <= beat <= found.duration_ms for beat in found.beats_ms)

"""Which of two sounds has more of something: anybody would say so."""

from pathlib import Path

import numpy as np
import pytest

from segue.features.audio import DEFINITIONS, SOUND_DIMENSIONS, Analysis, analyse
from tests.features.audio import synth

RATE, SECONDS = 22_050, 14.0


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Analysis]:
    folder = tmp_path_factory.mktemp("sounds")
    drums, bass = synth.drums(124, SECONDS, RATE), synth.bass(124, SECONDS, RATE)
    band, singing, crowd = synth.band(100, SECONDS, RATE), synth.singing(SECONDS, RATE), synth.crowd(SECONDS, RATE)
    fade = np.interp(np.arange(len(band)), (0, 1_000, len(band) - RATE, len(band)), (0, 1, 1, 0))
    sounds = {
        "groove": synth.mixed((drums, 1), (bass, 0.8)),
        "other groove": synth.mixed(
            (synth.drums(118, SECONDS, RATE, seed=5), 1), (synth.bass(118, SECONDS, RATE), 0.6)
        ),
        "plucked": synth.plucked(SECONDS, rate=RATE),
        "other plucked": synth.plucked(SECONDS, key=5, beat=1.3, rate=RATE),
        "studio": synth.mixed(((band * fade).astype(np.float32), 1)),
        "live": synth.mixed((band, 1), (crowd, 0.15)),
        "singing": singing,
        "song": synth.mixed((band, 0.6), (singing, 1)),
        "speech": synth.speech(SECONDS, RATE),
        "other speech": synth.speech(SECONDS, RATE, seed=3),
        "major": synth.cadence(0, minor=False, repeats=6, rate=RATE),
        "minor": synth.cadence(0, minor=True, repeats=6, rate=RATE),
        "noise": synth.noise(SECONDS, RATE),
    }
    return {name: analyse(synth.written(folder / f"{name}.wav", sound, RATE)) for name, sound in sounds.items()}


@pytest.mark.parametrize(
    ("feature", "less", "more"),
    [
        ("danceability", "plucked", "groove"),
        ("danceability", "singing", "groove"),
        ("danceability", "speech", "studio"),
        ("danceability", "noise", "groove"),
        ("acousticness", "groove", "plucked"),
        ("acousticness", "noise", "singing"),
        ("energy", "plucked", "groove"),
        ("energy", "plucked", "noise"),
        ("speechiness", "singing", "speech"),
        ("speechiness", "groove", "speech"),
        ("speechiness", "plucked", "other speech"),
        ("instrumentalness", "song", "studio"),
        ("instrumentalness", "singing", "plucked"),
        ("instrumentalness", "speech", "groove"),
        ("liveness", "studio", "live"),
        ("valence", "minor", "major"),
    ],
)
def test_clear_cases_come_in_order(heard: dict[str, Analysis], feature: str, less: str, more: str) -> None:
    assert getattr(heard[more], feature) > getattr(heard[less], feature) + 0.25


def test_everything_keeps_to_its_definition(heard: dict[str, Analysis]) -> None:
    assert {definition.name for definition in DEFINITIONS} == set(vars(heard["song"]))
    for analysis in heard.values():
        for definition in DEFINITIONS:
            value = getattr(analysis, definition.name)
            for number in value if isinstance(value, tuple) else () if value is None else (value,):
                assert definition.minimum is None or number >= definition.minimum
                assert definition.maximum is None or number <= definition.maximum
        assert len(analysis.sound) == SOUND_DIMENSIONS


def test_what_sounds_alike_lies_close_together(heard: dict[str, Analysis]) -> None:
    names = list(heard)
    sounds = np.array([heard[name].sound for name in names])
    sounds /= np.linalg.norm(sounds, axis=1, keepdims=True)
    likeness = sounds @ sounds.T
    np.fill_diagonal(likeness, -2)
    nearest = {name: names[place] for name, place in zip(names, likeness.argmax(axis=1), strict=True)}
    assert nearest["groove"] == "other groove"
    assert nearest["plucked"] == "other plucked"
    assert nearest["speech"] == "other speech"
    assert nearest["major"] == "minor"


def test_a_quiet_copy_differs_in_loudness_alone(tmp_path: Path) -> None:
    for sound in (synth.band(100, 8), synth.speech(8), synth.drums(128, 8)):
        loud = analyse(synth.written(tmp_path / "loud.wav", sound))
        quiet = analyse(synth.written(tmp_path / "quiet.wav", sound * np.float32(0.1)))
        assert loud.loudness is not None
        assert quiet.loudness == pytest.approx(loud.loudness - 20, abs=0.002)
        for name, value in vars(loud).items():
            if name != "loudness":
                assert getattr(quiet, name) == pytest.approx(value, abs=2e-3), name

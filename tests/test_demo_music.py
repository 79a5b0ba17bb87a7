"""The music of the demo's world: what it is said to be, it is."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from segue.demo.music import RATE, Sound, length_ms, music_of
from segue.demo.music.drums import BEATS, LEVELS, kit
from segue.demo.music.figures import BASSES, FIGURES
from segue.demo.music.harmony import PROGRESSIONS, progression
from segue.demo.music.melody import Singer
from segue.demo.music.styles import STYLES
from segue.demo.music.tones import VOICES
from segue.demo.sounds import SUBGENRES
from segue.features.audio import analyse

SOUNDS = {
    "rock": Sound("rock", "classic rock", 124.0, 9, 1, 0.75, 0.6, 0.2, 0.1),
    "house": Sound("electronic", "house", 123.0, 2, 0, 0.75, 0.65, 0.06, 0.4),
    "folk": Sound("folk", "americana", 112.0, 7, 1, 0.45, 0.5, 0.65, 0.1),
    "soul": Sound("soul", "r&b", 98.0, 10, 0, 0.5, 0.45, 0.25, 0.0),
}


@pytest.fixture(scope="module")
def pieces():
    return {name: music_of(sound, 7) for name, sound in SOUNDS.items()}


@pytest.mark.parametrize("name", SOUNDS)
def test_it_has_the_tempo_and_key_of_its_track(name, pieces, tmp_path):
    sound = SOUNDS[name]
    soundfile.write(tmp_path / "piece.flac", pieces[name], RATE, subtype="PCM_16")
    heard = analyse(tmp_path / "piece.flac")
    assert heard.tempo == pytest.approx(sound.tempo, rel=0.02)
    assert (heard.key, heard.mode) == (sound.key, sound.mode)


@pytest.mark.parametrize("name", SOUNDS)
def test_it_is_fit_to_be_played(name, pieces):
    piece, sound = pieces[name], SOUNDS[name]
    assert piece.dtype == np.float32
    assert piece.shape == (length_ms(sound) * RATE // 1000, 2)
    assert 60 <= len(piece) / RATE <= 90
    assert np.abs(piece).max() < 1
    assert 0.05 < np.sqrt(np.mean(piece**2)) < 0.25
    for end in (piece[0], piece[-1]):
        assert np.abs(end).max() < 1e-3
    # Nowhere a gap of a second, but at the end, where it fades.
    seconds = piece[: len(piece) // RATE * RATE - 3 * RATE]
    loud = np.sqrt((seconds[: len(seconds) // RATE * RATE] ** 2).reshape(-1, RATE * 2).mean(axis=1))
    assert loud.min() > 0.004
    assert abs(float(piece.mean())) < 1e-3


def test_the_same_seed_the_same_piece():
    sound = replace(SOUNDS["folk"], longest_ms=14_000)
    assert np.array_equal(music_of(sound, 3), music_of(sound, 3))
    assert not np.array_equal(music_of(sound, 3), music_of(sound, 4))


@pytest.mark.parametrize("longest_ms", [10_000, 30_000, 400_000])
@pytest.mark.parametrize("tempo", [50.0, 75.0, 168.0, 210.0])
def test_it_is_a_minute_long_or_as_long_as_its_track(tempo, longest_ms):
    sound = replace(SOUNDS["rock"], tempo=tempo, longest_ms=longest_ms)
    assert length_ms(sound) <= max(min(longest_ms, 90_000), 4 * 4 * 1000 * 60 / tempo + 3_500)
    if longest_ms > 90_000:
        assert length_ms(sound) >= 60_000


def test_every_kind_of_music_is_arranged():
    assert set(STYLES) == {one.name for one in SUBGENRES}
    for style in STYLES.values():
        assert style.beat in BEATS
        assert style.harmony in PROGRESSIONS
        assert {part.voice for part in style.parts} | set(style.leads) <= set(VOICES)
        assert {part.figure for part in style.parts} <= set(FIGURES)
        assert style.bass is None or (style.bass.figure in BASSES and style.bass.voice in VOICES)
    drums = kit(np.random.default_rng(0), electronic=False)
    for beat in BEATS.values():
        for name, hits in [*beat.hits.items(), *beat.busy.items()]:
            assert len(hits) == 16, (name, hits)
            assert name in drums
            assert name in LEVELS


def test_chords_and_melodies_keep_to_the_key():
    for mode, lists in ((1, 0), (0, 1)):
        scale = {0, 2, 4, 5, 7, 9, 11} if mode else {0, 2, 3, 5, 7, 8, 11, 10, 9}
        for texts in PROGRESSIONS.values():
            for text in texts[lists]:
                chords = progression(text)
                assert sum(chord.beats for chord in chords) == 16
                assert all(chord.classes <= scale for chord in chords), text
    chords = progression("I | vi | IV | V")
    tune = Singer(4, 1, 0.6, five=False, rng=np.random.default_rng(5)).theme(chords, 62, ends=True)
    for note in tune:
        sounding = next(chord for chord in reversed(chords) if chord.start <= note.start)
        degree = (note.pitch - 4) % 12
        assert degree in {0, 2, 4, 5, 7, 9, 11}
        assert note.start % 1 or degree in sounding.classes or degree == 0
    assert (tune[-1].pitch - 4) % 12 == 0

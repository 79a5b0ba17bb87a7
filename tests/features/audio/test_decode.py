import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from segue.errors import SegueError
from segue.features.audio import AUDIO_SUFFIXES, NotAudio, analyse
from segue.features.audio.decode import FFMPEG_SUFFIXES, open_recording
from tests.features.audio import synth

RATE = 22_050


def test_blocks_give_every_sample_once(tmp_path: Path) -> None:
    sound = np.stack([synth.noise(1.3, RATE), synth.noise(1.3, RATE, seed=1)], axis=1)
    with open_recording(synth.written(tmp_path / "a.wav", sound, RATE)) as recording:
        blocks = list(recording.blocks(block_seconds=0.25))
    assert [len(block) for block in blocks] == [5_512] * 5 + [28_665 - 5 * 5_512]
    np.testing.assert_array_equal(np.concatenate(blocks), sound)


@pytest.mark.parametrize("seconds", [0.1, 1.7])
def test_the_size_of_the_blocks_changes_nothing(tmp_path: Path, seconds: float) -> None:
    path = synth.written(tmp_path / "a.flac", synth.band(100, 9), 44_100)
    assert analyse(path, block_seconds=seconds) == analyse(path)


def test_what_a_file_holds_is_reported(tmp_path: Path) -> None:
    sound = np.zeros((4 * 48_000, 3), dtype=np.float32)
    sound[:, 0] = synth.clicks(120, 4, rate=48_000)
    analysis = analyse(synth.written(tmp_path / "a.wav", sound, 48_000))
    assert (analysis.duration_ms, analysis.sample_rate, analysis.channels) == (4_000, 48_000, 3)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.ogg", b"", "is empty"),
        ("a.ogg", b"These are the words of a song, and no sound.\n" * 50, "is not audio"),
        ("a.mp3", b"\0" * 5_000, "is not audio"),
        ("a.raw", b"\0" * 5_000, "is not audio"),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\0\0\0\0", "0 ms"),
    ],
)
def test_what_is_no_audio_is_said_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotAudio, match=said) as caught:
        analyse(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.ogg"):
        with pytest.raises(NotAudio, match="no such file"):
            analyse(path)


def test_a_file_that_breaks_off_is_analysed_as_far_as_it_goes(tmp_path: Path) -> None:
    for suffix in ("flac", "ogg", "mp3", "wav"):
        path = synth.written(tmp_path / f"whole.{suffix}", synth.band(100, 12))
        whole = path.read_bytes()
        half = tmp_path / f"half.{suffix}"
        half.write_bytes(whole[: len(whole) * 6 // 10])
        assert 5_000 < analyse(half).duration_ms < 8_500
        scrap = tmp_path / f"scrap.{suffix}"
        scrap.write_bytes(whole[: len(whole) // 8])
        if suffix == "flac":  # its header tells how long it should be
            with pytest.raises(NotAudio, match=r"breaks off after [0-4]\.\d s"):
                analyse(scrap)


def test_damage_in_the_middle_never_stops_a_scan(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for suffix in ("flac", "ogg", "mp3"):
        path = synth.written(tmp_path / f"a.{suffix}", synth.band(100, 8))
        content = bytearray(path.read_bytes())
        for _ in range(8):
            damaged = bytearray(content)
            for place in rng.integers(200, len(damaged) - 60, 6):
                damaged[place : place + 40] = rng.bytes(40)
            path.write_bytes(damaged)
            with suppress(NotAudio):  # nothing else may be raised
                assert analyse(path).duration_ms <= 8_500


def test_the_shortest_files(tmp_path: Path) -> None:
    with pytest.raises(NotAudio, match="50 ms of sound: too short"):
        analyse(synth.written(tmp_path / "a.wav", synth.noise(0.05)))
    analysis = analyse(synth.written(tmp_path / "b.wav", synth.noise(0.2)))
    assert analysis.loudness is not None
    assert analysis.energy is None
    assert not any(analysis.sound)


def test_silence_has_no_loudness_and_no_features(tmp_path: Path) -> None:
    analysis = analyse(synth.written(tmp_path / "a.wav", np.zeros((5 * RATE, 2), dtype=np.float32), RATE))
    assert analysis.duration_ms == 5_000
    assert (analysis.loudness, analysis.tempo, analysis.key, analysis.energy) == (None, None, None, None)
    assert (analysis.beats_ms, analysis.tempo_confidence, analysis.key_confidence) == ((), 0, 0)


def test_numbers_that_are_no_samples(tmp_path: Path) -> None:
    sound = synth.band(100, 6, RATE)
    sound[1_000:1_003] = (np.nan, np.inf, -np.inf)
    sound[2_000] = 1e30
    analysis = analyse(synth.written(tmp_path / "a.wav", sound, RATE))
    assert all(np.isfinite(analysis.sound))
    assert analysis.energy is not None


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (11_025, 2), (96_000, 2), (192_000, 1), (48_000, 8)])
def test_any_usual_rate_and_number_of_channels(tmp_path: Path, rate: int, channels: int) -> None:
    sound = np.repeat(synth.band(110, 6, rate)[:, None], channels, axis=1)
    analysis = analyse(synth.written(tmp_path / "a.wav", sound, rate))
    assert analysis.tempo == pytest.approx(110, rel=0.02)
    assert analysis.channels == channels


def test_rates_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(NotAudio, match="claims 1 channels at 100 Hz"):
        analyse(synth.written(tmp_path / "a.wav", synth.noise(1, 100), 100))


@pytest.mark.skipif(shutil.which("ffmpeg") is None and not os.environ.get("CI"), reason="install ffmpeg")
def test_what_only_ffmpeg_reads(tmp_path: Path) -> None:
    sound = np.repeat(synth.band(100, 6)[:, None], 2, axis=1)
    original = synth.written(tmp_path / "a.wav", sound)
    path = tmp_path / "-a b.m4a"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", original, f"file:{path}"], check=True)
    expected, found = analyse(original), analyse(path)
    assert abs(found.duration_ms - expected.duration_ms) < 100
    assert found.loudness == pytest.approx(expected.loudness, abs=0.3)
    assert found.tempo == pytest.approx(expected.tempo, rel=0.01)
    assert (found.sample_rate, found.channels) == (44_100, 2)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(NotAudio, match="is not audio that can be read"):
        analyse(path)


@pytest.mark.skipif(shutil.which("ffmpeg") is None and not os.environ.get("CI"), reason="install ffmpeg")
def test_ffmpeg_opens_no_other_file(tmp_path: Path) -> None:
    secret = synth.written(tmp_path / "secret.wav", synth.noise(6))
    (tmp_path / "a.m4a").write_text(f"#EXTM3U\n#EXTINF:6,\nhttp://127.0.0.1:9/{secret}\n#EXT-X-ENDLIST\n")
    with pytest.raises(NotAudio):
        analyse(tmp_path / "a.m4a")


def test_without_ffmpeg_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.wma").write_bytes(b"anything")
    with pytest.raises(SegueError, match=r"reading \.wma files needs ffmpeg: install it"):
        analyse(tmp_path / "a.wma")


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert {".ogg", ".mp3", ".flac", ".wav", ".m4a", ".opus"} <= AUDIO_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in AUDIO_SUFFIXES)
    sndfile = {f".{name.lower()}" for name in soundfile.available_formats()}
    assert not FFMPEG_SUFFIXES & sndfile


def test_the_suffix_may_be_upper_case_or_wrong(tmp_path: Path) -> None:
    path = synth.written(tmp_path / "a.flac", synth.band(100, 6, RATE), RATE)
    expected = analyse(path)
    for name in ("A.FLAC", "a.ogg", "a"):
        path = path.rename(tmp_path / name)
        assert analyse(path) == expected

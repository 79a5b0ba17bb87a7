"""Analysing one audio file: what a recording is like, in numbers that may be kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from segue.features.audio.decode import BLOCK_SECONDS, NotAudio, Recording, open_recording
from segue.features.audio.embedding import SOUND_DIMENSIONS, embedding
from segue.features.audio.listening import Heard, listen
from segue.features.audio.perception import estimates

# Raise it when results change: what was analysed under another version is then analysed anew.
ANALYSIS_VERSION = 1

SHORTEST_SECONDS = 0.1
# A file that breaks off is analysed as far as it goes, if it goes so far.
SHORTEST_BROKEN_SECONDS = 5.0
# What is shorter has a loudness, and nothing else can be said of it.
SHORTEST_ESTIMATED_SECONDS = 3.0


@dataclass(frozen=True)
class Analysis:
    """What a recording is like; `DEFINITIONS` says what each number means.

    In silence (nothing reaches -70 LUFS), and in less than 3 s of sound, what cannot be told is None, and `sound` is zeros.
    """

    duration_ms: int
    sample_rate: int
    channels: int
    tempo: float | None
    tempo_confidence: float
    beats_ms: tuple[int, ...]
    key: int | None
    mode: int | None
    key_confidence: float
    loudness: float | None
    acousticness: float | None
    danceability: float | None
    energy: float | None
    instrumentalness: float | None
    liveness: float | None
    speechiness: float | None
    valence: float | None
    sound: tuple[float, ...]


def analyse(path: Path, block_seconds: float = BLOCK_SECONDS) -> Analysis:
    """Analyse a file, on one thread and in memory that hardly grows with its length.

    It is decoded `block_seconds` at a time, which changes no result. A file that breaks off is analysed as far as it goes.
    Raises `NotAudio` when it is empty, is not audio, is shorter than 0.1 s, or breaks off within its first 5 s.
    """
    with open_recording(path) as recording, threadpool_limits(1, "blas"):
        heard = listen(recording, block_seconds)
        seconds = heard.n_samples / recording.sample_rate if heard else 0.0
        if recording.broken is not None and seconds < SHORTEST_BROKEN_SECONDS:
            raise NotAudio(f"{path}: breaks off after {seconds:.1f} s: {recording.broken}")
        if heard is None or seconds < SHORTEST_SECONDS:
            raise NotAudio(f"{path}: holds {1_000 * seconds:.0f} ms of sound: too short to be analysed")
        return _analysis(recording, heard, telling=seconds >= SHORTEST_ESTIMATED_SECONDS)


def _analysis(recording: Recording, heard: Heard, *, telling: bool) -> Analysis:
    telling = telling and heard.loudness is not None
    perceived = estimates(heard.measures) if telling else {}
    rhythm, tonality = heard.rhythm, heard.tonality

    def rounded(name: str) -> float | None:
        return round(perceived[name], 4) if telling else None

    return Analysis(
        duration_ms=round(1_000 * heard.n_samples / recording.sample_rate),
        sample_rate=recording.sample_rate,
        channels=recording.channels,
        tempo=round(rhythm.tempo, 2) if telling and rhythm.tempo is not None else None,
        tempo_confidence=round(rhythm.pulse, 4) if telling else 0.0,
        beats_ms=rhythm.beats_ms if telling else (),
        key=tonality.key if telling else None,
        mode=tonality.mode if telling else None,
        key_confidence=round(tonality.confidence, 4) if telling else 0.0,
        loudness=None if heard.loudness is None else round(heard.loudness, 3),
        acousticness=rounded("acousticness"),
        danceability=rounded("danceability"),
        energy=rounded("energy"),
        instrumentalness=rounded("instrumentalness"),
        liveness=rounded("liveness"),
        speechiness=rounded("speechiness"),
        valence=rounded("valence"),
        sound=embedding(heard.tracks, heard.timbre, heard.rhythm) if telling else (0.0,) * SOUND_DIMENSIONS,
    )

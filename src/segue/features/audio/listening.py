"""One pass over a recording: every meter gets every sample once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from segue.errors import SegueError
from segue.features.audio.decode import BLOCK_SECONDS, Recording
from segue.features.audio.loudness import LoudnessMeter
from segue.features.audio.measures import Measures, measures
from segue.features.audio.spectrum import FRAME, FRAMES_PER_BATCH, HOP, RATE, Framer, power_spectra, spectra
from segue.features.audio.tempo import Rhythm, rhythm
from segue.features.audio.texture import (
    LONG_BATCH,
    LONG_FRAME,
    LONG_HOP,
    LONG_MEDIANS,
    SHORT_MEDIANS,
    TextureMeter,
)
from segue.features.audio.timbre import Timbre, TimbreMeter, band_flatness
from segue.features.audio.tonality import ChromaMeter, Tonality
from segue.features.audio.tracks import TrackKeeper, Tracks


@dataclass(frozen=True, eq=False)
class Heard:
    """What one pass over a recording yields."""

    n_samples: int
    loudness: float | None
    tracks: Tracks
    timbre: Timbre
    rhythm: Rhythm
    tonality: Tonality
    measures: Measures


class _Meters:
    """Everything that listens to the mono mix, at RATE."""

    def __init__(self) -> None:
        self.short_frames = Framer(FRAME, HOP, FRAMES_PER_BATCH)
        self.long_frames = Framer(LONG_FRAME, LONG_HOP, LONG_BATCH)
        self.keeper = TrackKeeper()
        self.timbre = TimbreMeter()
        self.chroma = ChromaMeter()
        self.short_texture = TextureMeter(FRAME, SHORT_MEDIANS)
        self.long_texture = TextureMeter(LONG_FRAME, LONG_MEDIANS)

    def add(self, samples: np.ndarray) -> None:
        self._hear(self.short_frames.add(samples), self.long_frames.add(samples))

    def finish(self) -> None:
        self._hear(self.short_frames.finish(), self.long_frames.finish())

    def _hear(self, short: Iterator[np.ndarray], long: Iterator[np.ndarray]) -> None:
        for frames in short:
            batch = spectra(frames)
            bands = band_flatness(batch.power)
            self.timbre.add(batch, self.keeper.add(batch, bands.mean(axis=1)), bands)
            self.short_texture.add(batch.power)
        for frames in long:
            self.chroma.add(self.long_texture.add(power_spectra(frames)))


def listen(recording: Recording, block_seconds: float = BLOCK_SECONDS) -> Heard | None:
    """Everything that can be measured of a recording; None when it holds no sample at all."""
    meter = LoudnessMeter(recording.sample_rate, recording.channels)
    resample = _resampler(recording.sample_rate)
    mix = np.full(recording.channels, 1 / recording.channels, dtype=np.float32)
    meters = _Meters()
    n_samples = 0
    for block in recording.blocks(block_seconds):
        meter.add(block)
        meters.add(resample(block @ mix, last=False))
        n_samples += len(block)
    if not n_samples:
        return None
    meters.add(resample(np.zeros(0, dtype=np.float32), last=True))
    meters.finish()
    tracks, tonality = meters.keeper.tracks(), meters.chroma.tonality()
    found = rhythm(tracks)
    timbre = meters.timbre.timbre
    measured = measures(tracks, timbre, found, tonality, meters.short_texture.shares, meters.long_texture.shares)
    return Heard(n_samples, meter.integrated(), tracks, timbre, found, tonality, measured)


def _resampler(sample_rate: int) -> Callable[..., np.ndarray]:
    """Turns float32 mono blocks into blocks at RATE; the same samples whatever the sizes of the blocks."""
    try:
        import soxr  # noqa: PLC0415
    except ImportError as error:
        raise SegueError(f"analysing audio needs the audio extra ({error}): pip install 'segue[audio]'") from error
    stream = soxr.ResampleStream(sample_rate, RATE, 1, dtype="float32", quality="HQ")
    return stream.resample_chunk

"""What is measured of a recording, free of its level: the numbers that the perceptual estimates are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from segue.features.audio import movement
from segue.features.audio.tempo import Rhythm
from segue.features.audio.timbre import Timbre
from segue.features.audio.tonality import Tonality
from segue.features.audio.tracks import Tracks

DANCING_BPM = 115.0


def _measure(meaning: str) -> float:
    return field(metadata={"meaning": meaning})


@dataclass(frozen=True)
class Measures:
    """One number each; scaling the samples changes none of them."""

    centroid: float = _measure("spectral centroid (octaves above 100 Hz)")
    bandwidth: float = _measure("spectral bandwidth (octaves)")
    flatness: float = _measure("spectral flatness of octave bands (dB)")
    flatness_spread: float = _measure("variation of the flatness (dB)")
    crossings_spread: float = _measure("variation of the zero-crossing rate")
    crest: float = _measure("crest factor of 46 ms (dB)")
    change: float = _measure("change of the compressed spectrum from frame to frame")
    percussive: float = _measure("percussive share of the power in short windows")
    sustained: float = _measure("harmonic share of the power in long windows")
    gliding: float = _measure("harmonic share from 250 to 4,000 Hz in short windows less that in long windows")
    pulse: float = _measure("autocorrelation of the onsets at the beat")
    low_pulse: float = _measure("autocorrelation of the onsets below 200 Hz at the beat")
    onsets: float = _measure("onsets per second")
    tempo: float = _measure("tempo (beats per minute, 0 when there is none)")
    tempo_from_dancing: float = _measure("octaves between the tempo and 115 BPM (1 when there is none)")
    fluctuation: float = _measure("exponent of the detrended fluctuation analysis of the loudness")
    syllabic: float = _measure("modulation of 300 to 3,400 Hz at 3 to 6.5 Hz")
    quiet: float = _measure("share of frames below half the mean amplitude of their second")
    level_spread: float = _measure("variation of the level from second to second (dB)")
    floor: float = _measure("level of the quietest twentieth of the frames against the mean (dB)")
    ends: float = _measure("level of the quieter end against the mean (dB)")
    ends_flatness: float = _measure("flatness of the first and the last half second (dB)")
    ambience: float = _measure("flatness of the quietest tenth of the frames (dB)")
    majorness: float = _measure("fit of the best major key less fit of the best minor key")
    tonal: float = _measure("unevenness of the pitch classes")


def measures(
    tracks: Tracks,
    timbre: Timbre,
    rhythm: Rhythm,
    tonality: Tonality,
    short: tuple[float, float],
    sustained: tuple[float, float],
) -> Measures:
    """Of everything that was summed up; `short` and `sustained` are harmonic shares, whole and in the voice's band."""
    flatness, flatness_spread = timbre.of("flatness")
    return Measures(
        centroid=timbre.of("centroid")[0],
        bandwidth=timbre.of("bandwidth")[0],
        flatness=flatness,
        flatness_spread=flatness_spread,
        crossings_spread=timbre.of("crossings")[1],
        crest=timbre.of("crest")[0],
        change=timbre.of("change")[0],
        percussive=1 - short[0],
        sustained=sustained[0],
        gliding=short[1] - sustained[1],
        pulse=rhythm.pulse,
        low_pulse=rhythm.low_pulse,
        onsets=rhythm.onsets_per_second,
        tempo=rhythm.tempo or 0.0,
        tempo_from_dancing=abs(math.log2(rhythm.tempo / DANCING_BPM)) if rhythm.tempo else 1.0,
        fluctuation=movement.fluctuation_exponent(tracks),
        syllabic=movement.syllabic_modulation(tracks),
        quiet=movement.quiet_share(tracks),
        level_spread=movement.level_spread_db(tracks),
        floor=movement.floor_db(tracks),
        ends=movement.ends_db(tracks),
        ends_flatness=movement.ends_flatness_db(tracks),
        ambience=movement.ambience_db(tracks),
        majorness=tonality.majorness,
        tonal=tonality.contrast,
    )


MEANINGS = {measure.name: str(measure.metadata["meaning"]) for measure in fields(Measures)}

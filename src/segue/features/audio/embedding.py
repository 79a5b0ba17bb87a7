"""How a recording sounds as a vector: what sounds alike lies close together, however loud it is and in whatever key."""

from __future__ import annotations

import numpy as np

from segue.features.audio.movement import modulation_shares
from segue.features.audio.tempo import Rhythm
from segue.features.audio.timbre import Timbre
from segue.features.audio.tracks import Tracks

SPREAD_CEPSTRA = 11
CHANGING_CEPSTRA = 4
# No dimension may decide alone what is near.
FARTHEST = 3.0


def embedding(tracks: Tracks, timbre: Timbre, rhythm: Rhythm) -> tuple[float, ...]:
    """SOUND_DIMENSIONS numbers: how far each raw value lies off the middle of MIDDLES, in units of STEPS, at most 3."""
    scaled = (raw(tracks, timbre, rhythm) - MIDDLES) / STEPS
    return tuple(float(value) for value in np.clip(scaled, -FARTHEST, FARTHEST))


def raw(tracks: Tracks, timbre: Timbre, rhythm: Rhythm) -> np.ndarray:
    """The unscaled vector, float64.

    Mel cepstra: 19 means, 11 spreads, 4 mean changes; flatness of 6 octave bands; 6 descriptors (see Timbre) and the
    spreads of the first and the last; the logarithm of the modulation below 200 Hz and above, in 8 bands each; onsets per
    second and the height of the pulse.
    """
    shares = [np.log10(modulation_shares(curve) + 0.01) for curve in (tracks.low, tracks.middle + tracks.high)]
    return np.concatenate(
        [
            timbre.cepstra.mean,
            timbre.cepstra.spread[:SPREAD_CEPSTRA],
            timbre.cepstral_changes.mean[:CHANGING_CEPSTRA],
            timbre.flatness.mean,
            timbre.descriptors.mean,
            timbre.descriptors.spread[[0, -1]],
            *shares,
            [rhythm.onsets_per_second, rhythm.pulse],
        ]
    )


# Medians and spreads of orchestral, electronic and metal recordings and of synthesised song, speech and drums.
# fmt: off
MIDDLES = np.array((
    13.6, -0.164, 2, 0.563, 0.277, 0.0478, 0.329, -0.162, 0.206, -0.101, 0.171, 0.17,
    0.108, 0.139, 0.0336, -0.0128, 0.0776, 0.0936, -0.017, 3.48, 2.53, 1.81, 1.5, 1.35,
    1.23, 1.21, 1.17, 1.14, 1.17, 1.07, 0.827, 0.743, 0.671, 0.64, -4.34, -5.83,
    -7.67, -8.8, -7.37, -6.02, 2.91, 1.61, -6.68, 0.0614, 8.84, 0.0774, 0.465, 0.0307,
    -1.17, -1.36, -1.37, -1.17, -1.03, -0.908, -0.745, -0.383, -1.28, -1.45, -1.45, -1.3,
    -1.09, -0.879, -0.7, -0.39, 4.35, 0.286,
))
STEPS = np.array((
    5.81, 4.07, 2.31, 1.49, 1.1, 0.855, 0.727, 0.631, 0.625, 0.552, 0.607, 0.502,
    0.504, 0.431, 0.379, 0.4, 0.393, 0.371, 0.359, 1.27, 0.892, 0.673, 0.431, 0.417,
    0.334, 0.391, 0.324, 0.349, 0.324, 0.343, 0.52, 0.246, 0.131, 0.129, 1.53, 2.52,
    3.18, 4.5, 3.5, 3.22, 0.785, 0.285, 2.2, 0.0515, 1.03, 0.0237, 0.17, 0.0232,
    0.266, 0.21, 0.185, 0.193, 0.164, 0.18, 0.122, 0.117, 0.32, 0.236, 0.177, 0.178,
    0.194, 0.237, 0.188, 0.121, 0.766, 0.224,
))
# fmt: on
SOUND_DIMENSIONS = len(MIDDLES)

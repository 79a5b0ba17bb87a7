"""What a drawn cover is drawn from: a few numbers, which are its address, so that a picture needs no look at the database."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import pi, sin
from typing import TYPE_CHECKING, Literal, get_args

from segue.mixes.base import Cover

if TYPE_CHECKING:
    from segue.web.catalog.models import Track

Kind = Literal["track", "release", "artist", "playlist", "mix", "station", "person"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PATTERNS = ("waves", "rings", "blocks", "dots", "rays", "mosaic")
"""Of mixes, as `mixes.covers` chooses them."""
_PACKED = struct.Struct(">BIBBBBBH")
_SLOWEST, _FASTEST = 60.0, 180.0
_SADDEST, _HAPPIEST, _TURN = 228, 410, 66
"""Hues (degrees): from blue over plum and red to ochre, as music gets happier; a genre turns it by up to _TURN to either side,
which brings teal to sad music and green to happy music."""


@dataclass(frozen=True)
class Recipe:
    """The same recipe, the same picture.

    Attributes:
        kind: what it is a picture of.
        seed: 0 to 2^32 - 1, for all that follows from nothing else.
        tempo: 0 slow to 1 fast; it gives the rhythm of the shapes. `energy`: their contrast. `acousticness`: how soft and
            grainy they are. All from 0 to 1, by chance where not known.
        valence: 0 sad to 1 happy.
        key: pitch class, 0 is C: the angle of the composition. Of a mix: twice the place of its pattern in `PATTERNS`, or one
            more.
        hue: 0 to 359, the family of its colours.
    """

    kind: Kind
    seed: int
    tempo: float = 0.5
    energy: float = 0.5
    valence: float = 0.5
    acousticness: float = 0.5
    key: int = 0
    hue: int = 0

    def code(self) -> str:
        """The recipe as 16 characters for an address."""
        shares = (
            round(255 * min(max(one, 0.0), 1.0)) for one in (self.tempo, self.energy, self.valence, self.acousticness)
        )
        packed = _PACKED.pack(KINDS.index(self.kind), self.seed % 2**32, *shares, self.key % 12, self.hue % 360)
        return urlsafe_b64encode(packed).decode()

    @classmethod
    def parse(cls, code: str) -> Recipe:
        """The recipe of a code. Raises `ValueError` for what is none."""
        packed = urlsafe_b64decode(code.encode("ascii"))
        if len(packed) != _PACKED.size or urlsafe_b64encode(packed).decode() != code:
            raise ValueError("this is not the code of a cover")
        kind, seed, tempo, energy, valence, acousticness, key, hue = _PACKED.unpack(packed)
        if kind >= len(KINDS) or key >= 12 or hue >= 360:
            raise ValueError("this is not the code of a cover")
        return cls(KINDS[kind], seed, tempo / 255, energy / 255, valence / 255, acousticness / 255, key, hue)

    @property
    def url(self) -> str:
        """Where the picture is."""
        return f"/cover/{self.code()}.svg"


def of_music(
    kind: Kind, key: str, features: Mapping[str, float | None] | None = None, genres: Sequence[str] | None = None
) -> Recipe:
    """The recipe for a track, or whatever has audio features (as in `tables.AUDIO_FEATURES`, with `key`) and genres, by its id."""
    seed = _chance(key)
    known = {name: value for name, value in (features or {}).items() if value is not None}
    guessed = _guesses(seed)
    tempo, pitch = known.get("tempo"), known.get("key", -1)
    valence = min(max(known.get("valence", guessed[1]), 0.0), 1.0)
    happy = valence - 0.1 * sin(2 * pi * valence)  # most music is near the middle: spread it
    turn = (_chance(genres[0]) if genres else seed >> 16) % (2 * _TURN + 1) - _TURN + seed % 25 - 12
    return Recipe(
        kind, seed,
        guessed[0] if tempo is None else min(max((tempo - _SLOWEST) / (_FASTEST - _SLOWEST), 0.0), 1.0),
        known.get("energy", guessed[2]), valence, known.get("acousticness", guessed[3]),
        seed % 12 if pitch < 0 else int(pitch),
        round(_SADDEST + (_HAPPIEST - _SADDEST) * happy + turn) % 360,
    )  # fmt: skip


def of_track(track: Track) -> Recipe:
    """The recipe for a track of the catalogue."""
    features = {
        "tempo": track.tempo, "energy": track.energy, "valence": track.valence, "acousticness": track.acousticness,
        "key": track.musical_key,
    }  # fmt: skip
    return of_music("track", track.key, features, track.genres or ())


def of_mix(cover: Cover) -> Recipe:
    """The recipe for a mix, by its own recipe (`mixes.base.Cover`)."""
    seed = cover.seed % 2**32
    key = 2 * PATTERNS.index(cover.pattern) + seed % 2 if cover.pattern in PATTERNS else seed % 12
    return Recipe(
        "mix", seed, cover.energy, cover.energy, cover.brightness, 0.1 + 0.6 * (1 - cover.energy), key, cover.hue
    )


def _chance(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _guesses(seed: int) -> list[float]:
    """Four numbers from 0.1 to 0.9, for what is not known of the music."""
    return [0.1 + 0.8 * (seed * odd % 2**32) / 2**32 for odd in (2654435761, 2246822519, 3266489917, 668265263)]

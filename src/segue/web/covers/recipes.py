"""What a drawn cover is drawn from: a few numbers, which are its address, so that a picture needs no look at the database."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, get_args

from segue.mixes.base import Cover

Kind = Literal["track", "release", "artist", "playlist", "mix", "station", "person"]
_KINDS = get_args(Kind)
_PACKED = struct.Struct(">BIBBBBBH")
_SLOWEST, _FASTEST = 60.0, 180.0
_SADDEST, _HAPPIEST = 250, 30
"""Hues (degrees): from blue over green to orange, as music gets happier; a genre turns it by up to 40 to either side."""


@dataclass(frozen=True)
class Recipe:
    """The same recipe, the same picture.

    Attributes:
        kind: what it is a picture of.
        seed: 0 to 2^32 - 1, for all that follows from nothing else.
        tempo: 0 slow to 1 fast; it gives the rhythm of the shapes. `energy`: their contrast. `acousticness`: how soft and
            grainy they are. All from 0 to 1, 0.5 where not known.
        valence: 0 sad to 1 happy.
        key: pitch class, 0 is C: the angle of the composition.
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
        packed = _PACKED.pack(_KINDS.index(self.kind), self.seed % 2**32, *shares, self.key % 12, self.hue % 360)
        return urlsafe_b64encode(packed).decode()

    @classmethod
    def parse(cls, code: str) -> Recipe:
        """The recipe of a code. Raises `ValueError` for what is none."""
        if len(code) != 16:
            raise ValueError("this is not the code of a cover")
        kind, seed, tempo, energy, valence, acousticness, key, hue = _PACKED.unpack(
            urlsafe_b64decode(code.encode("ascii"))
        )
        if kind >= len(_KINDS) or key >= 12 or hue >= 360:
            raise ValueError("this is not the code of a cover")
        return cls(_KINDS[kind], seed, tempo / 255, energy / 255, valence / 255, acousticness / 255, key, hue)

    @property
    def url(self) -> str:
        """Where the picture is."""
        return f"/cover/{self.code()}.svg"


def of_music(
    kind: Kind, key: str, features: Mapping[str, float | None] | None = None, genres: Sequence[str] | None = None
) -> Recipe:
    """The recipe for a track, or whatever has audio features (as in `tables.AUDIO_FEATURES`, with `key`) and genres, by its id."""
    known = features or {}
    tempo, pitch = known.get("tempo"), known.get("key")
    seed = _chance(key)
    valence = _or_half(known.get("valence")) if "valence" in known else (seed >> 8) % 256 / 255
    turn = _chance(genres[0]) % 81 - 40 if genres else seed % 81 - 40
    return Recipe(
        kind, seed,
        0.5 if tempo is None else (tempo - _SLOWEST) / (_FASTEST - _SLOWEST),
        _or_half(known.get("energy")), valence, _or_half(known.get("acousticness")),
        seed % 12 if pitch is None or pitch < 0 else int(pitch),
        round(_SADDEST + (_HAPPIEST - _SADDEST) * valence + turn) % 360,
    )  # fmt: skip


def of_mix(cover: Cover) -> Recipe:
    """The recipe for a mix, by its own recipe (`mixes.base.Cover`)."""
    return Recipe(
        "mix", cover.seed % 2**32, cover.energy, cover.energy, cover.brightness, 0.5, cover.seed % 12, cover.hue
    )


def _chance(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _or_half(value: float | None) -> float:
    return 0.5 if value is None else value

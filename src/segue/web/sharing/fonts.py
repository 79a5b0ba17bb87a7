"""Letters for pictures: the font that comes along, and what other fonts of the machine can write."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources

import resvg_py

FAMILY = "Source Sans Pro"
_WEIGHTS = ("Regular", "Semibold", "Bold")
_OURS = 0x0530
"""Letters before this (Latin, Greek, Cyrillic) are in the font that comes along."""
_PUNCTUATION = range(0x2000, 0x20D0)
_JOINS = "\u200c\u200d\ufe0e\ufe0f"
_NOBODYS = "\U000f1234"
"""A letter that no font has."""


def png(svg: str) -> bytes:
    """A drawing as a PNG. The machine's own fonts are looked through only where a letter is not in ours."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=_files(), font_family=FAMILY, skip_system_fonts=all(map(_is_ours, svg))
        )
    )


def writable(text: str) -> str:
    """Text without the letters that no font here has: they would be drawn as empty boxes."""
    text = "".join(one for one in text if unicodedata.category(one) not in {"Cc", "Cs"})
    kept = "".join(one for one in text if _is_ours(one) or one in _JOINS or _is_written(_script(one)))
    bare = kept.strip(_JOINS + " ")
    return " ".join((kept if any(map(_joined, bare)) else "".join(one for one in kept if one not in _JOINS)).split())


@cache
def _files() -> list[str]:
    folder = resources.files("font_source_sans_pro") / "files"
    return [str(folder / f"SourceSansPro-{weight}.ttf") for weight in _WEIGHTS]


def _is_ours(letter: str) -> bool:
    return ord(letter) < _OURS or (ord(letter) in _PUNCTUATION and letter not in _JOINS)


def _joined(letter: str) -> bool:
    """Whether what joins letters means something beside this one: it does in scripts that connect them, and in emoji."""
    return not _is_ours(letter)


def _script(letter: str) -> str:
    """A letter that stands for all of its script."""
    if unicodedata.category(letter) in {"So", "Sk", "Cn"}:
        return letter
    name = unicodedata.name(letter, "").split(" ")[0]
    return {"CJK": "\u4e2d", "HANGUL": "\ud55c", "ARABIC": "\u0627", "HEBREW": "\u05d0"}.get(
        name, _first(name) or letter
    )


@cache
def _first(name: str) -> str | None:
    """LETTER A, or KA, of a script, where it has one."""
    for word in ("LETTER A", "LETTER KA", "CHARACTER KO KAI"):
        try:
            return unicodedata.lookup(f"{name} {word}")
        except KeyError:
            continue
    return None


@cache
def _is_written(letter: str) -> bool:
    """Whether a font here has the letter: it then looks different from one that none has."""
    return _drawn(letter) != _drawn(_NOBODYS)


def _drawn(letter: str) -> bytes:
    return png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="4" y="30" font-size="24">{letter}</text></svg>'
    )

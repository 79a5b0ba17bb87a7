"""Names as the search compares them: folded, and in words."""

from __future__ import annotations

import re
import unicodedata

from segue.library.titles import normalise

LONGEST = 200
"""Letters of a search that are looked at; names are read as far."""
LONGEST_WORD = 60
MOST_WORDS = 12
# What Hebrew and Arabic are mostly written without: points, vowels, the stroke that makes a word longer.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
# Letters of Arabic and Persian that people write one for the other.
_ARABIC = str.maketrans({"ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ٱ": "ا"})
_SEMITIC = re.compile("[\u0590-\u06ff]")
# Scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_SMALL = frozenset({"the", "and", "a"})


def folded(text: str) -> str:
    """A name without case, accents, points, punctuation and a leading "the"."""
    plain = normalise(text[:LONGEST])
    if not _SEMITIC.search(plain):
        return plain
    bare = _POINTS.sub("", unicodedata.normalize("NFD", plain)).translate(_ARABIC)
    return " ".join(unicodedata.normalize("NFC", bare).split()) or plain


def joined(name: str) -> str:
    """A folded name in one piece, so that "AC/DC" and "acdc" are one."""
    return name.replace(" ", "")


def indexed(name: str) -> list[str]:
    """The words of a folded name, once each; of scripts without spaces, every letter and every two that stand together."""
    if _UNSPACED.search(name) is None:
        words = name.split()
    else:
        words = [word for piece, run in _pieces(name) for word in ((piece,) if not run else (*piece, *_pairs(piece)))]
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words))


def asked(name: str) -> list[str]:
    """The words of a folded search, in order; small ones are left out where there are others."""
    words: list[str] = []
    for piece, run in _pieces(name):
        words += [piece] if not run or len(piece) == 1 else _pairs(piece)
    telling = [word for word in words if word not in _SMALL] or words
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in telling))[:MOST_WORDS]


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script without spaces: then it is letters, and neither a prefix nor mistyped."""
    return _UNSPACED.fullmatch(word) is not None


def _pairs(piece: str) -> list[str]:
    return [piece[at : at + 2] for at in range(len(piece) - 1)]


def _pieces(name: str) -> list[tuple[str, bool]]:
    """The name's words, cut where the script changes; whether each is of a script without spaces."""
    pieces = []
    for word in name.split():
        end = 0
        for run in _UNSPACED.finditer(word):
            if run.start() > end:
                pieces.append((word[end : run.start()], False))
            pieces.append((run[0], True))
            end = run.end()
        if end < len(word):
            pieces.append((word[end:], False))
    return pieces

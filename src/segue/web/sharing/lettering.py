"""How long lines of text are, so that they can be broken and shortened: by the widths of Source Sans Pro."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

_REGULAR = (
    "200 289 425 497 497 824 609 249 303 303 418 497 249 311 249 350 497 497 497 497 497 497 497 497 497 497 249 249 497 497 497"
    " 425 847 544 588 571 615 527 494 617 652 263 480 579 486 727 647 664 566 664 569 534 536 645 515 786 513 476 539 303 350 303"
    " 497 500 542 504 553 456 555 496 292 504 544 246 247 495 255 829 547 542 555 555 347 419 338 544 467 718 446 467 425 303 241"
    " 303 497"
)
_BOLD = (
    "200 340 536 528 528 857 667 300 344 344 457 528 300 332 300 339 528 528 528 528 528 528 528 528 528 528 300 300 528 528 528"
    " 463 903 573 605 582 635 548 524 638 674 301 509 614 518 762 665 684 596 684 613 556 556 665 556 813 567 525 541 344 339 344"
    " 528 500 555 527 573 467 573 518 341 534 571 276 278 548 286 857 572 555 573 573 398 443 383 568 523 776 514 521 460 344 268"
    " 344 528"
)
_WIDTHS = tuple(tuple(int(one) for one in widths.split()) for widths in (_REGULAR, _BOLD))
_OTHER, _WIDE = 640, 1050
"""Thousandths of the size, for letters without a width of their own: most are narrower, so that lines rather end early."""
_DOUBLE = dict.fromkeys("ÆŒæœ", 880)
_NO_WIDTH = ("Mn", "Me", "Cf")
_RIGHT_TO_LEFT = ("R", "AL")


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is, in the units of its size."""
    return sum(_width(one, _WIDTHS[bold]) for one in text) * size / 1000


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """A text that fits, with an ellipsis where it was too long."""
    if width(text, size, bold=bold) <= room:
        return text
    # After a text that runs from the right, the ellipsis belongs on its left.
    turn = "\u200f" if _runs_from_the_right(text) else ""
    kept = ""
    for one in _letters(text):
        if width(f"{kept}{one}…", size, bold=bold) > room:
            break
        kept += one
    return f"{kept.rstrip()}…{turn}"


def lines(text: str, size: float, room: float, most: int, *, bold: bool = False) -> list[str]:
    """A text in at most so many lines, broken between words (or within one that is wider than a line); the last is shortened."""
    found: list[str] = []
    line = ""
    words = list(_pieces(text, size, room, bold=bold))
    for place, word in enumerate(words):
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= room:
            line = longer
            continue
        if len(found) == most - 1:
            return [*found, shortened(" ".join([line, *words[place:]]), size, room, bold=bold)]
        found.append(line)
        line = word
    return [*found, line] if line else found


def fitted(text: str, sizes: Sequence[int], room: float, most: int) -> tuple[int, list[str]]:
    """The largest size, and the lines, with which a bold title fits without being shortened or broken within words."""
    for size in sizes:
        whole = all(width(word, size, bold=True) <= room for word in text.split())
        if whole and len(lines(text, size, room, most + 1, bold=True)) <= most:
            return size, lines(text, size, room, most, bold=True)
    return sizes[-1], lines(text, sizes[-1], room, most, bold=True)


def safe(text: str) -> str:
    """Text as it stands in XML."""
    return escape("".join(one for one in text if unicodedata.category(one) not in {"Cc", "Cs", "Cn"}), {'"': "&quot;"})


def _width(letter: str, widths: Sequence[int]) -> int:
    place = ord(letter) - 32
    if 0 <= place < len(widths):
        return widths[place]
    if unicodedata.category(letter) in _NO_WIDTH:
        return 0
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return _WIDE
    if letter in _DOUBLE:
        return _DOUBLE[letter]
    plain = ord(unicodedata.normalize("NFD", letter)[0]) - 32
    return widths[plain] if 0 <= plain < len(widths) else _OTHER


def _letters(text: str) -> Iterator[str]:
    """A text in pieces that must not be taken apart: a letter with its accents and what joins it."""
    piece = ""
    for one in text:
        joins = unicodedata.category(one) in _NO_WIDTH or piece.endswith("\u200d") or one in "\ufe0f"
        if piece and not joins:
            yield piece
            piece = ""
        piece += one
    if piece:
        yield piece


def _pieces(text: str, size: float, room: float, *, bold: bool) -> Iterator[str]:
    """The words of a text; those that are wider than a line, in parts."""
    for word in text.split():
        if width(word, size, bold=bold) <= room:
            yield word
            continue
        part = ""
        for one in _letters(word):
            if part and width(part + one, size, bold=bold) > room:
                yield part
                part = ""
            part += one
        yield part


def _runs_from_the_right(text: str) -> bool:
    return next((unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in text if one.isalpha()), False)

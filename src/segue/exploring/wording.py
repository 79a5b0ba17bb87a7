"""Numbers and names in sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

FIRST_STRONG, POP = "\u2068", "\u2069"


def percent(share: float) -> str:
    """A share as people say it: "2.3%", "54%", "less than 0.1%"."""
    if 0 < share < 0.001:
        return "less than 0.1%"
    if 0.999 < share < 1:
        return "more than 99.9%"
    value = share * 100
    return f"{value:.0f}%" if 10 <= value < 99.5 or value == round(value) else f"{value:.1f}%"


def counted(number: float, noun: str) -> str:
    """A number with its noun, in the plural where it is not one: "1 listener", "1,892 listeners"."""
    return f"{number:,.0f} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of the nouns we use."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    head, of, rest = noun.partition(" in ")
    return f"{head}s{of}{rest}"


def a(noun: str) -> str:
    """The noun with its article: "an artist", "a track"."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def verb(number: float, one: str, many: str) -> str:
    """The form of the verb that goes with the number."""
    return one if number == 1 else many


def joined(parts: Sequence[str]) -> str:
    """Parts as a list in a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def named(text: str) -> str:
    """A name that may stand in any sentence: one that is read from right to left is kept apart from its surroundings."""
    leftwards = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    return f"{FIRST_STRONG}{text}{POP}" if leftwards else text


def plain(number: float) -> str:
    """A number without more digits than it needs."""
    if 0 < number < 0.001:
        return "less than 0.001"
    if abs(number) >= 1_000:
        return f"{number:,.0f}"
    return f"{number:.3g}"

"""The countries of the demo world: their clocks, languages and seasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """One country; `listeners` is its share of them, `utc_offset` its winter clock in hours."""

    code: str
    language: str
    utc_offset: float
    listeners: float
    southern: bool = False


COUNTRIES = (
    Country("US", "en", -6, 22),
    Country("GB", "en", 0, 12),
    Country("DE", "de", 1, 10),
    Country("BR", "pt", -3, 8, southern=True),
    Country("FR", "fr", 1, 7),
    Country("MX", "es", -6, 6),
    Country("SE", "sv", 1, 5),
    Country("CA", "en", -5, 5),
    Country("ES", "es", 1, 4),
    Country("AU", "en", 10, 4, southern=True),
    Country("NL", "en", 1, 3),
    Country("JP", "en", 9, 3),
    Country("IN", "en", 5.5, 3),
    Country("IE", "en", 0, 2),
    Country("AR", "es", -3, 2, southern=True),
    Country("NO", "en", 1, 2),
    Country("ZA", "en", 2, 1, southern=True),
    Country("CO", "es", -5, 1),
)

CODES = tuple(country.code for country in COUNTRIES)

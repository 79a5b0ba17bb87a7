"""Facts as pages put them: when one played something, how a track sounds, what colour a picture is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from segue.web import clock
from segue.web.catalog.models import Track
from segue.web.covers.recipes import Recipe
from segue.web.listening.own_plays import Plays

WEEK_MS = 7 * 86_400_000
KEYS = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
TINTS = 12


@dataclass(frozen=True)
class Bar:
    """A share of 0 to 100 with its name."""

    name: str
    percent: int


def own_plays(plays: Plays) -> str:
    """How often and when, as "You played this 41 times, last in May."; empty where one never did."""
    if not plays.times:
        return ""
    told = ngettext("You played this once", "You played this %(n)s times", plays.times) % {"n": f"{plays.times:,}"}
    when = "" if plays.last_ms is None else _when(plays.last_ms)
    if not when:
        return f"{told}."
    return f"{told}, {when}." if plays.times == 1 else _("%(told)s, last %(when)s.") % {"told": told, "when": when}


def _when(ms: int) -> str:
    now_ms = clock.now_ms()
    try:
        then, now = (dt.datetime.fromtimestamp(one / 1000, dt.UTC) for one in (ms, now_ms))
    except (ValueError, OverflowError, OSError):
        return ""
    if 0 <= now_ms - ms < WEEK_MS:
        return _("this week")
    return _("in %s") % date_format(then, "F" if then.year == now.year else "F Y")


def bars_of(track: Track) -> list[Bar]:
    """How a track sounds, of what is known from 0 to 1."""
    told = (
        (_("Energy"), track.energy), (pgettext("of music", "Happiness"), track.valence),
        (_("Danceability"), track.danceability), (_("Acoustic"), track.acousticness),
        (_("Instrumental"), track.instrumentalness), (_("Live"), track.liveness), (_("Spoken"), track.speechiness),
    )  # fmt: skip
    return [Bar(name, round(100 * min(max(value, 0.0), 1.0))) for name, value in told if value is not None]


def measured(track: Track) -> list[str]:
    """Tempo, key and loudness in words: "124 bpm", "A minor", "−7.2 dB"; what is not known is left out."""
    told = []
    if track.tempo:
        told.append(_("%s bpm") % round(track.tempo))
    if track.musical_key is not None and 0 <= track.musical_key < len(KEYS):
        key = KEYS[track.musical_key]
        told.append({0: _("%s minor"), 1: _("%s major")}.get(-1 if track.mode is None else track.mode, "%s") % key)
    if track.loudness is not None:
        told.append(_("%s dB") % f"{track.loudness:.1f}".replace("-", "−"))
    return told


def dated(date: dt.date | None, precision: str | None) -> str:
    """A date as far as it is known: "1997", "May 1997", "21 May 1997"; empty where it is not."""
    return "" if date is None else date_format(date, {"year": "Y", "month": "F Y"}.get(precision or "day", "j F Y"))


def tint_of(picture: Recipe) -> str:
    """The class that tints a page's head by the hue of its picture."""
    return f"tint-{picture.hue * TINTS // 360}"

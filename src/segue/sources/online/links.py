"""Links that people paste: what they stand for, and the tracks behind them."""

from __future__ import annotations

from segue.errors import UnknownFormat
from segue.library.library import Library
from segue.sources.online import apple_music, deezer, lastfm_links, listenbrainz, spotify, youtube_music
from segue.sources.online.base import Address, Link
from segue.sources.online.settings import OnlineSettings

__all__ = ["SERVICES", "Link", "fetch", "looks_like_a_link", "recognise", "understood"]

SERVICES = {
    module.SERVICE.name: module.SERVICE
    for module in (spotify, deezer, apple_music, youtube_music, listenbrainz, lastfm_links)
}
_FORMATS = 'Exportify CSV, Spotify account data (zip), M3U, XSPF, JSPF, ListenBrainz and Last.fm exports, or "Artist - Title" lines'


def recognise(text: str) -> Link | None:
    """What a pasted address or Spotify URI stands for; None where it is of no service known here.

    Judged by the address alone, strictly: nothing is asked of anyone.
    """
    pasted = text.strip()
    if (found := spotify.recognise_uri(pasted)) is not None:
        return found
    address = Address.of(pasted)
    if address is None:
        return None
    return next((link for one in SERVICES.values() if (link := one.recognise(address)) is not None), None)


def looks_like_a_link(text: str) -> bool:
    """Whether someone meant an address, be it of a known service or not, and not a file."""
    pasted = text.strip().lower()
    return "://" in pasted or pasted.startswith("spotify:") or recognise(pasted) is not None


def understood(text: str) -> Link:
    """What a pasted address stands for. Raises `UnknownFormat` that says what is understood and what to bring instead."""
    link = recognise(text)
    if link is None:
        shown = "".join(letter if letter.isprintable() else "?" for letter in text.strip())[:120]
        raise UnknownFormat(
            f"{shown}: not a link to a playlist, album, track or listener of"
            f" {', '.join(one.title for one in SERVICES.values())} (open a short link first, and take the long one);"
            f" or bring a file: {_FORMATS}"
        )
    return link


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """The tracks behind a link, as a playlist or a history of one listener.

    Raises `NotAuthorised` where a key is missing (with the export to bring instead), `NotFound` where there is no such
    thing, and `ServiceUnavailable`.
    """
    return SERVICES[link.service].fetch(link, settings)

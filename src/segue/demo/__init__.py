"""The demo world: an invented catalogue, its listeners, and a year of their listening. Nothing is downloaded."""

from __future__ import annotations

from segue.demo.catalogue import make_catalogue
from segue.demo.listeners import make_listeners
from segue.demo.mixtapes import playlist_frame
from segue.demo.opinions import feedback_frame
from segue.demo.plays import listen_frame, make_plays
from segue.demo.sessions import make_sessions
from segue.library import Library

__all__ = ["world"]


def world(seed: int = 1, scale: float = 1.0) -> Library:
    """The library of an invented world in 2025; the same seed and scale give the same library.

    At scale 1: 300 artists, 600 releases, about 3,700 tracks, 1,000 listeners, a quarter of a million listens, and 600
    playlists; `scale` multiplies artists and listeners. Raises `ValueError` for a scale of 0 or less.
    """
    if scale <= 0:
        raise ValueError(f"scale {scale} is not above 0")
    made = make_catalogue(seed, scale)
    people = make_listeners(seed, scale, made)
    played = make_plays(seed, made, people, make_sessions(seed, people))
    return Library.of(
        artists=made.artists,
        releases=made.releases,
        tracks=made.tracks,
        listeners=people.frame,
        listens=listen_frame(made, people, played),
        feedback=feedback_frame(seed, made, people, played),
        playlists=playlist_frame(seed, made, people, played),
    )

"""The playlists of the demo world's listeners, with titles as people give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.demo.catalogue import Catalogue, ids
from segue.demo.discography import SEASONS
from segue.demo.listeners import Listeners
from segue.demo.plays import Plays
from segue.demo.sessions import DAY_MS, DAYS, YEAR_START
from segue.demo.sounds import GENRES, SCENES
from segue.demo.streams import Chooser, draws, stream

PLAYLISTS_PER_LISTENER = 0.6
SMALLEST = 5
STRANGERS = 0.12

GENRE_TITLES = ("{} mix", "only {}", "{} for cooking", "best of {}", "{} all day", "my kind of {}", "{} & chill")
DECADE_TITLES = ("{}", "best of the {}", "back to the {}", "{} forever", "{} gold")
MOOD_TITLES = {
    "bright": ("good mood", "windows down", "Friday!", "happy", "dance in the kitchen", "party"),
    "fierce": ("gym", "run faster", "angry commute", "leg day", "wake up", "loud"),
    "tender": ("Sunday slow", "breakfast", "coffee and a book", "for Mum", "soft landing", "reading"),
    "blue": ("rainy days", "3 am", "sad songs", "after the break-up", "night bus", "grey skies"),
}
SEASON_TITLES = {
    "winter": ("winter evenings", "snow day", "December", "by the fire"),
    "summer": ("summer 2025", "beach day", "holidays", "heat"),
}
OWN_TITLES = ("on repeat", "favourites", "best of 2025", "my mix", "car", "work", "new finds", "shower", "this month")
NOTES = ("Always growing.", "No skips.", "Play it in order.", "For long train rides.", "Suggestions welcome.")


@dataclass(frozen=True, eq=False)
class Theme:
    """What a playlist is about: its title, the tracks that would do (one flag each), the genres it is filed under."""

    title: str
    fits: np.ndarray
    genres: tuple[str, ...] = ()


def playlist_frame(seed: int, catalogue: Catalogue, people: Listeners, played: Plays) -> pl.DataFrame:
    """About six playlists for ten listeners, each mostly of what its owner had played by then and not skipped."""
    rng = stream(seed, "playlists")
    chooser = Chooser(stream(seed, "playlist titles"))
    heard = played.only(~played.skipped)
    heard = heard.only(np.argsort(heard.listener, kind="stable"))
    edges = np.searchsorted(heard.listener, np.arange(len(people) + 1))
    counts = np.diff(edges)
    n = round(PLAYLISTS_PER_LISTENER * len(people))
    owners = draws(rng, np.sqrt(np.where(counts >= 2 * SMALLEST, counts, 0)), n)
    rows = []
    for owner in owners.tolist():
        mine = slice(edges[owner], edges[owner + 1])
        modified = int(rng.integers(np.quantile(heard.time_ms[mine], 0.3), DAYS * DAY_MS))
        before = heard.track[mine][heard.time_ms[mine] < modified]
        rows.append((owner, modified, *_playlist(rng, chooser, catalogue, before, modified)))
    followers = np.floor(np.exp(rng.normal(0.3, 1.4, n)) - 0.5).clip(0).astype(int)
    return pl.DataFrame({
        "playlist_id": ids("playlist", n),
        "title": [theme.title for _, _, theme, _ in rows],
        "listener_id": people.frame["listener_id"].gather(owners),
        "description": [chooser.one(NOTES) if chooser.chance(0.15) else None for _ in rows],
        "track_ids": [catalogue.tracks["track_id"].gather(tracks).to_list() for _, _, _, tracks in rows],
        "genres": [list(theme.genres) for _, _, theme, _ in rows],
        "followers": followers,
        "modified": YEAR_START + np.array([modified for _, modified, _, _ in rows]).astype("timedelta64[ms]"),
    }).with_columns(pl.col("modified").dt.replace_time_zone("UTC"))  # fmt: skip


def _playlist(rng: np.random.Generator, chooser: Chooser, catalogue: Catalogue, before: np.ndarray,
              modified: int) -> tuple[Theme, np.ndarray]:  # fmt: skip
    """A theme the owner has enough tracks for, and the tracks: the most played first to come in, then any order."""
    tracks, times = np.unique(before, return_counts=True)
    theme = Theme(chooser.one(OWN_TITLES), np.ones(catalogue.discography.n_tracks, dtype=bool))
    for _ in range(3):
        tried = _theme(chooser, catalogue, int(before[chooser.below(len(before))]))
        if tried.fits[tracks].sum() >= SMALLEST:
            theme = tried
            break
    fits = theme.fits[tracks]
    size = int(rng.integers(SMALLEST + 3, 40))
    eager = np.log(times[fits]) + rng.gumbel(size=int(fits.sum()))
    chosen = tracks[fits][np.argsort(-eager, kind="stable")][:size]
    out = catalogue.discography.day <= YEAR_START + np.timedelta64(modified, "ms")
    others = np.setdiff1d(np.flatnonzero(theme.fits & out), chosen)
    n_new = min(int(rng.binomial(len(chosen), STRANGERS)), len(others))
    if n_new and theme.title not in OWN_TITLES:
        strangers = others[np.unique(draws(rng, catalogue.discography.fame[others], n_new))]
        chosen = np.concatenate([chosen, strangers])
    return theme, rng.permutation(chosen)


def _theme(chooser: Chooser, catalogue: Catalogue, track: int) -> Theme:
    """A theme that this track fits."""
    made = catalogue.discography
    genre = catalogue.roster.genre[made.artist]
    if made.season[track] and chooser.chance(0.5):
        season = SEASONS[made.season[track]]
        return Theme(chooser.one(SEASON_TITLES[season]), made.season == made.season[track])
    kind = chooser.below(4)
    if kind == 0:
        name = GENRES[genre[track]].name
        return Theme(chooser.one(GENRE_TITLES).format(name), genre == genre[track], (name,))
    if kind == 1:
        decade = (made.day.astype("datetime64[Y]").astype(int) + 1970) // 10
        name = f"{decade[track] * 10 % 100:02d}s"
        return Theme(chooser.one(DECADE_TITLES).format(name), decade == decade[track])
    if kind == 2:
        mood = catalogue.moods[track]
        return Theme(chooser.one(MOOD_TITLES[mood]), np.array(catalogue.moods) == mood)
    scene = int(np.argmax(made.scenes[track]))
    return Theme(SCENES[scene].name, made.scenes[:, scene] > 0.5)

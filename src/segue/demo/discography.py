"""The releases and tracks of the demo world as numbers: when they came out, how they sound, whom they please."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.demo.roster import Roster
from segue.demo.sounds import SCENES, SUBGENRES
from segue.demo.streams import draws, stream

RELEASES_PER_ARTIST = 2.0
SIZES = {"album": (8, 13), "EP": (4, 7), "single": (1, 3)}
FORMATS = tuple(SIZES)
FORMAT_SHARES = np.array([0.46, 0.24, 0.30])
SEASONS = ("", "winter", "summer")
SHARES = ("acousticness", "danceability", "energy", "speechiness", "valence")
LAST_RELEASE_DAY = np.datetime64("2025-12-12")
VERSION_SHARE = 0.09
VERSION_KINDS = ("live", "remix", "remaster", "cover")
VERSION_SHARES = np.array([0.35, 0.3, 0.2, 0.15])


@dataclass(frozen=True, eq=False)
class Discography:
    """One entry per release, and one per track.

    `original` is the track this one is a version of (itself for originals); `scenes` has shape (n_tracks, n_scenes)
    and says whom it pleases; `season` indexes `SEASONS`; `sound` holds the audio features by name.
    """

    release_artist: np.ndarray
    release_format: np.ndarray
    release_day: np.ndarray
    release_of: np.ndarray
    place: np.ndarray
    artist: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    original: np.ndarray
    season: np.ndarray
    fame: np.ndarray
    scenes: np.ndarray
    sound: dict[str, np.ndarray]
    duration_ms: np.ndarray

    @property
    def n_tracks(self) -> int:
        """Number of tracks."""
        return len(self.artist)


def make_discography(seed: int, artists: Roster) -> Discography:
    """What the artists have made."""
    rng = stream(seed, "releases")
    release_artist = _release_artists(rng, artists)
    release_format = draws(rng, FORMAT_SHARES, len(release_artist))
    release_day = _release_days(rng, artists, release_artist)
    lows, highs = np.array(list(SIZES.values())).T
    sizes = rng.integers(lows[release_format], highs[release_format])
    release_of = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(release_of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    artist = release_artist[release_of]
    kind, original = _versions(stream(seed, "versions"), artist, artists.genre, release_day[release_of])
    sound, duration_ms = _sound(stream(seed, "sound"), artists, artist, release_of)
    _change_versions(stream(seed, "changes"), kind, original, sound, duration_ms)
    season = draws(rng, np.array([0.93, 0.035, 0.035]), len(artist))[original]
    return Discography(
        release_artist, release_format, release_day, release_of, place, artist, release_day[release_of], kind, original,
        season, _fame(rng, artists, artist, kind), _track_scenes(rng, artists, artist, release_of), sound, duration_ms,
    )  # fmt: skip


def _release_artists(rng: np.random.Generator, artists: Roster) -> np.ndarray:
    """Each artist once, the famous more often; grouped by artist."""
    n = len(artists)
    extra = draws(rng, artists.fame**0.5, round((RELEASES_PER_ARTIST - 1) * n))
    return np.sort(np.concatenate([np.arange(n), extra]))


def _release_days(rng: np.random.Generator, artists: Roster, release_artist: np.ndarray) -> np.ndarray:
    """Days (datetime64) in order for each artist; about one release in ten comes out in 2025."""
    n = len(release_artist)
    first = (artists.debut_year.astype(str)).astype("datetime64[D]")[release_artist]
    span = (LAST_RELEASE_DAY - first).astype(int)
    career = np.minimum(rng.gamma(2.0, 4.0 * 365, n), span * rng.random(n) ** 0.3)
    day = first + career.astype("timedelta64[D]")
    fresh = rng.random(n) < 0.07
    day = np.where(fresh, LAST_RELEASE_DAY - rng.integers(0, 340, n).astype("timedelta64[D]"), day)
    return day[np.lexsort((day, release_artist))]


def _versions(rng: np.random.Generator, artist: np.ndarray, genre: np.ndarray,
              day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The kind of each track, and which track it is a version of: an older original, for covers by somebody else."""
    n = len(artist)
    kind = np.full(n, "original", dtype=object)
    original = np.arange(n)
    chosen = rng.random(n) < VERSION_SHARE
    wanted = draws(rng, VERSION_SHARES, n)
    for track in np.flatnonzero(chosen):
        name = VERSION_KINDS[wanted[track]]
        same = genre[artist] == genre[artist[track]] if name == "cover" else artist == artist[track]
        older = same & ~chosen & (day < day[track]) & ((artist != artist[track]) | (name != "cover"))
        choice = np.flatnonzero(older)
        if len(choice):
            original[track] = choice[int(rng.integers(len(choice)))]
            kind[track] = name
    return kind, original


def _sound(rng: np.random.Generator, artists: Roster, artist: np.ndarray,
           release_of: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:  # fmt: skip
    """Audio features and lengths: the subgenre's mean, moved by scene, artist, release and chance."""
    n, n_releases = len(artist), int(release_of.max()) + 1
    subgenre, scene = artists.subgenre[artist], artists.main_scene[artist]
    sound: dict[str, np.ndarray] = {}
    for name in SHARES:
        spread = 0.025 if name == "speechiness" else 0.07
        mean = np.array([getattr(entry, name) for entry in SUBGENRES])[subgenre]
        lean = np.array([getattr(entry, name, 0.0) for entry in SCENES])[scene]
        noise = rng.normal(0, spread, len(artists))[artist] + rng.normal(0, spread / 2, n_releases)[release_of]
        sound[name] = np.clip(mean + lean + noise + rng.normal(0, spread, n), 0.02, 0.98)
    wordless = rng.random(n) < np.array([entry.instrumentalness for entry in SUBGENRES])[subgenre]
    sound["instrumentalness"] = np.where(wordless, 0.7 + 0.28 * rng.random(n), 0.12 * rng.random(n) ** 2)
    sound["liveness"] = np.clip(rng.beta(2, 14, n), 0.02, 0.5)
    sound["loudness"] = np.clip(-24 + 20 * sound["energy"] + rng.normal(0, 1.5, n), -40, -2)
    usual = np.array([entry.tempo for entry in SUBGENRES])[subgenre]
    sound["tempo"] = np.clip(usual * np.exp(rng.normal(0, 0.06, len(artists))[artist] + rng.normal(0, 0.1, n)), 50, 210)
    sound["key"] = draws(rng, np.array([9, 4, 9, 3, 8, 6, 4, 9, 4, 9, 4, 5.0]), n)
    sound["mode"] = (rng.random(n) < 0.25 + 0.7 * sound["valence"]).astype(np.int64)
    minutes = np.array([entry.minutes for entry in SUBGENRES])[subgenre] * np.exp(rng.normal(0, 0.2, n))
    return sound, np.round(np.clip(minutes, 1.3, 18) * 60_000).astype(np.int64)


def _change_versions(rng: np.random.Generator, kind: np.ndarray, original: np.ndarray, sound: dict[str, np.ndarray],
                     duration_ms: np.ndarray) -> None:  # fmt: skip
    """Make versions sound like what they are versions of, changed as their kind changes things (in place)."""
    live, remix, cover = (np.flatnonzero(kind == name) for name in ("live", "remix", "cover"))
    faithful = np.flatnonzero((kind != "original") & (kind != "cover"))
    for values in (*sound.values(), duration_ms):
        values[faithful] = values[original[faithful]]
    for name in ("valence", "key", "mode", "instrumentalness"):
        sound[name][cover] = sound[name][original[cover]]
    sound["liveness"][live] = 0.65 + 0.3 * rng.random(len(live))
    duration_ms[live] = np.round(duration_ms[live] * 1.15).astype(np.int64)
    sound["danceability"][remix] = np.clip(sound["danceability"][remix] + 0.2, 0, 0.95)
    sound["energy"][remix] = np.clip(sound["energy"][remix] + 0.12, 0, 0.97)
    sound["acousticness"][remix] *= 0.5
    sound["tempo"][remix] = 118 + 14 * rng.random(len(remix))


def _fame(rng: np.random.Generator, artists: Roster, artist: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Each track's share of its artist's plays falls as rank**-0.7; versions are played less."""
    luck = rng.random(len(artist)) + np.where(kind == "original", 0.0, 0.5)
    order = np.lexsort((luck, artist))
    starts = np.searchsorted(artist, np.arange(len(artists)))
    rank = np.empty(len(artist))
    rank[order] = np.arange(len(artist)) - starts[artist[order]] + 1
    share = rank**-0.7
    total = np.bincount(artist, share, len(artists))
    return np.asarray(artists.fame[artist] * share / total[artist])


def _track_scenes(rng: np.random.Generator, artists: Roster, artist: np.ndarray, release_of: np.ndarray) -> np.ndarray:
    """The artist's scenes, of which each release and each track leans to one or another."""
    release = np.exp(rng.normal(0, 0.5, (int(release_of.max()) + 1, len(SCENES))))[release_of]
    weights = artists.scenes[artist] * release * np.exp(rng.normal(0, 0.3, (len(artist), len(SCENES))))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))

"""The listeners of the demo world: who they are, what they like, when they listen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.demo.catalogue import Catalogue, ids
from segue.demo.places import CODES, COUNTRIES
from segue.demo.sounds import SCENES
from segue.demo.streams import categorical, draws, stream

N_LISTENERS = 1000
MONTHS = 12
GENDERS = ("female", "male", "other")
ACTIVITY_SPREAD = 0.75
TASTE_BREADTH = 9.0
SIZE_PULL = 1.2
DRIFT = 0.45
LOYALTY = 0.5
FAVOUR = 1.2


@dataclass(frozen=True, eq=False)
class Listeners:
    """One entry per listener.

    `taste` has shape (n, 12, n_scenes): how much of each month goes to each scene, rows adding up to 1. `liking` has
    shape (n, n_tracks): the logarithm of how much likelier a track is for this listener than its fame says.
    """

    frame: pl.DataFrame
    utc_offset: np.ndarray
    southern: np.ndarray
    joined_day: np.ndarray
    sessions: np.ndarray
    chronotype: np.ndarray
    curiosity: np.ndarray
    taste: np.ndarray
    liking: np.ndarray

    def __len__(self) -> int:
        return self.frame.height


def make_listeners(seed: int, scale: float, catalogue: Catalogue) -> Listeners:
    """About 1,000 listeners (times `scale`); some keep birth year, gender or country to themselves."""
    rng = stream(seed, "listeners")
    n = max(round(N_LISTENERS * scale), 20)
    country = draws(rng, np.array([place.listeners for place in COUNTRIES]), n)
    birth_year = np.clip(np.round(2004 - rng.gamma(2.0, 8.0, n)), 1940, 2009).astype(np.int64)
    gender = draws(rng, np.array([0.46, 0.49, 0.05]), n)
    joined = np.where(rng.random(n) < 0.2, rng.integers(0, 270, n), 0)
    activity = np.clip(np.exp(rng.normal(3.25, ACTIVITY_SPREAD, n)), 5, 220)
    taste = _tastes(stream(seed, "tastes"), country, birth_year, gender)
    return Listeners(
        frame=_frame(rng, country, birth_year, gender),
        utc_offset=np.array([place.utc_offset for place in COUNTRIES])[country],
        southern=np.array([place.southern for place in COUNTRIES])[country],
        joined_day=joined,
        sessions=np.maximum(np.round(activity * (1 - joined / 365)), 3).astype(np.int64),
        chronotype=rng.integers(0, 3, n),
        curiosity=rng.beta(1.3, 9.0, n),
        taste=taste,
        liking=_liking(stream(seed, "likings"), catalogue, country, birth_year),
    )


def _frame(rng: np.random.Generator, country: np.ndarray, birth_year: np.ndarray, gender: np.ndarray) -> pl.DataFrame:
    n = len(country)
    told = rng.random((3, n)) >= np.array([[0.04], [0.18], [0.22]])
    return pl.DataFrame({
        "listener_id": ids("listener", n),
        "country": [CODES[place] if yes else None for place, yes in zip(country, told[0], strict=True)],
        "birth_year": [int(year) if yes else None for year, yes in zip(birth_year, told[1], strict=True)],
        "gender": [GENDERS[code] if yes else None for code, yes in zip(gender, told[2], strict=True)],
    })  # fmt: skip


def _tastes(rng: np.random.Generator, country: np.ndarray, birth_year: np.ndarray, gender: np.ndarray) -> np.ndarray:
    """Two Dirichlet draws a listener, one giving way to the other during the year.

    Their common mean depends on the size of the scenes, on a few hidden traits that scenes share, and a little on
    country, age and gender.
    """
    n, n_scenes = len(country), len(SCENES)
    traits, appeal = rng.normal(0, 1, (n, 4)), rng.normal(0, 1, (4, n_scenes))
    lean = (traits[:, :, None] * appeal).sum(axis=1) * 0.5
    lean += rng.normal(0, 0.5, (len(CODES), n_scenes))[country]
    lean += rng.normal(0, 0.5, (7, n_scenes))[(birth_year - 1940) // 10]
    lean += rng.normal(0, 0.25, (3, n_scenes))[gender]
    mean = np.exp(lean) * np.array([scene.size for scene in SCENES]) ** SIZE_PULL
    alpha = TASTE_BREADTH * mean / mean.sum(axis=1, keepdims=True)
    early, late = (np.maximum(rng.standard_gamma(alpha), 1e-9) for _ in range(2))
    early, late = (weights / weights.sum(axis=1, keepdims=True) for weights in (early, late))
    share = DRIFT * (np.arange(MONTHS) / (MONTHS - 1))[None, :, None] * rng.random((n, 1, 1))
    return np.asarray((1 - share) * early[:, None, :] + share * late[:, None, :])


def _liking(rng: np.random.Generator, catalogue: Catalogue, country: np.ndarray,
            birth_year: np.ndarray) -> np.ndarray:  # fmt: skip
    """Loyalty to artists and tracks, plus the music of one's country and of one's youth, shape (n, n_tracks)."""
    artist, made, people = catalogue.discography.artist, catalogue.discography, catalogue.roster
    n, n_artists = len(country), len(people)
    of_artist = rng.normal(0, LOYALTY, (n, n_artists)) + 0.7 * (country[:, None] == people.country)
    years = made.release_day.astype("datetime64[Y]").astype(int) + 1970
    apart = years - (birth_year[:, None] + 20.0)
    of_release = 0.8 * np.exp(-((apart / 12) ** 2) / 2) + 0.5 * (years >= 2019)
    of_track = rng.normal(0, FAVOUR, (n, made.n_tracks))
    return np.asarray(of_track + of_artist[:, artist] + of_release[:, made.release_of])


def months_of(days: np.ndarray) -> np.ndarray:
    """The month, 0 to 11, of each day of 2025 counted from 0."""
    dates = np.datetime64("2025-01-01") + days.astype("timedelta64[D]")
    return dates.astype("datetime64[M]").astype(int) % 12


def choose_scenes(rng: np.random.Generator, weights: np.ndarray, again: np.ndarray) -> np.ndarray:
    """One scene per row of `weights`; where `again` holds, the one of the row before it that chose afresh."""
    fresh = categorical(rng, weights)
    last = np.maximum.accumulate(np.where(again, 0, np.arange(len(fresh))))
    return fresh[last]

"""The artists of the demo world: what they play, where they come from, whom they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.demo.names import artist_name
from segue.demo.places import CODES, COUNTRIES
from segue.demo.sounds import GENRE_INDEX, GENRES, SCENES, SUBGENRE_INDEX, SUBGENRES
from segue.demo.streams import Chooser, categorical, draws, stream

N_ARTISTS = 300
ZIPF = 1.0
ZIPF_SHIFT = 2.0
SUBGENRE_SHARES = (0.5, 0.3, 0.2)


@dataclass(frozen=True, eq=False)
class Roster:
    """One entry per artist; `scenes` has shape (n_artists, n_scenes) and rows that add up to 1."""

    names: list[str]
    genre: np.ndarray
    subgenre: np.ndarray
    main_scene: np.ndarray
    scenes: np.ndarray
    fame: np.ndarray
    country: np.ndarray
    languages: list[str]
    debut_year: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def genre_name(self, artist: int) -> str:
        """The genre of one artist."""
        return GENRES[self.genre[artist]].name


def make_roster(seed: int, scale: float) -> Roster:
    """The artists; fame falls about as 1 / rank (Zipf)."""
    rng = stream(seed, "artists")
    n = max(round(N_ARTISTS * scale), 2 * len(SCENES))
    main = draws(rng, np.array([scene.size for scene in SCENES]) ** 0.6, n)
    options = np.array([[SUBGENRE_INDEX[name] for name in (*scene.subgenres, scene.subgenres[0])[:3]]
                        for scene in SCENES])  # fmt: skip
    shares = np.tile(SUBGENRE_SHARES, (n, 1))
    subgenre = options[main, categorical(rng, shares)]
    genre = np.array([GENRE_INDEX[entry.genre] for entry in SUBGENRES])[subgenre]
    fame = (rng.permutation(n) + ZIPF_SHIFT) ** -ZIPF * np.array([scene.size for scene in SCENES])[main] ** 0.5
    since = np.array([entry.since for entry in SUBGENRES])[subgenre]
    country = _countries(rng, genre)
    return Roster(
        names=_names(seed, genre),
        genre=genre,
        subgenre=subgenre,
        main_scene=main,
        scenes=_scenes(rng, main, subgenre),
        fame=fame / fame.sum(),
        country=country,
        languages=_languages(rng, genre, country),
        debut_year=np.floor(since + (2023 - since) * rng.beta(1.6, 1.0, n)).astype(np.int64),
    )


def _names(seed: int, genre: np.ndarray) -> list[str]:
    chooser, taken = Chooser(stream(seed, "artist names")), set[str]()
    return [artist_name(chooser, GENRES[code].name, taken) for code in genre]


def _scenes(rng: np.random.Generator, main: np.ndarray, subgenre: np.ndarray) -> np.ndarray:
    """Mostly the main scene, part another that takes from the same subgenre, seldom any other."""
    n = len(main)
    takes = np.array([[entry.name in scene.subgenres for scene in SCENES] for entry in SUBGENRES], dtype=float)
    other = categorical(rng, takes[subgenre] + 0.01)
    share = rng.beta(1.2, 3.0, n)
    scenes = np.zeros((n, len(SCENES)))
    scenes[np.arange(n), main] = 1 - share
    scenes[np.arange(n), other] += share
    return scenes


def _countries(rng: np.random.Generator, genre: np.ndarray) -> np.ndarray:
    weights = np.full((len(GENRES), len(CODES)), 0.15)
    for row, entry in enumerate(GENRES):
        weights[row, [CODES.index(code) for code in entry.countries]] = (5, 4, 3, 2, 2)
    return categorical(rng, weights[genre])


def _languages(rng: np.random.Generator, genre: np.ndarray, country: np.ndarray) -> list[str]:
    native = rng.random(len(genre)) < np.array([entry.native for entry in GENRES])[genre]
    return [COUNTRIES[place].language if own else "en" for place, own in zip(country, native, strict=True)]

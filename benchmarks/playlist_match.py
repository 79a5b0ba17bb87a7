"""Finding the 300 tracks of a playlist among a million, beside `rapidfuzz.process.extractOne` over all of them.

Of the 300, a third are as the catalogue has them, a third are written otherwise (case, a guest, a remaster) or have a
letter mistyped, and a third are not in it. The peer compares each with every "artist - title" of the catalogue and takes
the best above 85: it has no other way to know that there is nothing better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process, utils

from benchmarks.measure import Meter, measure, parser, report
from segue.library import Library
from segue.library.matching import Matcher

WORDS, TRACKS_OF_ARTIST, THRESHOLD = 30_000, 10, 85
CONSONANTS, VOWELS = list("bcdfghklmnprstvwz"), list("aeiou")
# Of 23,449 real titles (spotify-songs) 29 in 100 say more than the song, and 5 have letters that are not ASCII.
TAILS = ("", " (Live)", " - 2011 Remaster", " (feat. {})", " (Día Versión)")
SHARES = (0.71, 0.08, 0.08, 0.08, 0.05)
Named = list[tuple[str, str]]


def catalogue(n: int, seed: int) -> tuple[Library, Named]:
    """A library of n tracks, ten for each artist, and their names."""
    rng = np.random.default_rng(seed)
    words = _words(rng)
    artists = _names(rng, words, n // TRACKS_OF_ARTIST, 3)
    tails = np.array(TAILS)[rng.choice(len(TAILS), n, p=SHARES)].tolist()
    guests = rng.integers(0, len(artists), n).tolist()
    titles = [
        name + tail.format(artists[guest])
        for name, tail, guest in zip(_names(rng, words, n, 4), tails, guests, strict=True)
    ]
    of_track = rng.integers(0, len(artists), n)
    library = Library.of(
        artists=pl.DataFrame({"artist_id": [f"a{place}" for place in range(len(artists))], "name": artists}),
        tracks=pl.DataFrame(
            {
                "track_id": [f"t{place}" for place in range(n)],
                "title": titles,
                "artist_ids": [[f"a{place}"] for place in of_track],
            }
        ),
    )
    return library, [(artists[place], title) for place, title in zip(of_track, titles, strict=True)]


def playlist(names: Named, n: int, seed: int) -> tuple[Named, list[int]]:
    """n tracks to look for, and the place of each in the catalogue; -1 for one that is not there."""
    rng = np.random.default_rng(seed + 1)
    wanted, places = [], []
    for number, place in enumerate(map(int, rng.choice(len(names), n, replace=False))):
        artist, title = names[place]
        if number % 3 == 2:
            artist, title = (" ".join(_names(rng, _words(rng, 50), 2, 3)) for _ in range(2))
        elif number % 6 == 1:
            title = f"{title.upper()} (feat. Someone)"
        elif number % 6 == 4:
            middle = len(title) // 2
            title = f"{title[:middle]}x{title[middle:]}"
        wanted.append((artist, title))
        places.append(-1 if number % 3 == 2 else place)
    return wanted, places


def ours(meter: Meter, n: int, asked: int, seed: int) -> list[int]:
    """The places that the Matcher finds; -1 for none."""
    library, names = catalogue(n, seed)
    wanted, _ = playlist(names, asked, seed)
    del names
    meter.start()
    with meter.phase("build"):
        matcher = Matcher(library)
    with meter.phase("match"):
        found = matcher.match(pl.DataFrame(wanted, schema=["artist", "title"], orient="row"))
    return [-1 if track_id is None else int(track_id[1:]) for track_id in found["track_id"]]


def peer(meter: Meter, n: int, asked: int, seed: int) -> list[int]:
    """The same by comparing each with all."""
    library, names = catalogue(n, seed)
    wanted, _ = playlist(names, asked, seed)
    del library
    meter.start()
    with meter.phase("build"):
        known = [utils.default_process(f"{artist} - {title}") for artist, title in names]
    with meter.phase("match"):
        best = [
            process.extractOne(
                utils.default_process(f"{artist} - {title}"), known, scorer=fuzz.ratio, score_cutoff=THRESHOLD
            )
            for artist, title in wanted
        ]
    return [-1 if one is None else int(one[2]) for one in best]


def _words(rng: np.random.Generator, n: int = WORDS) -> list[str]:
    syllables = rng.integers(1, 4, n)
    return [
        "".join(f"{rng.choice(CONSONANTS)}{rng.choice(VOWELS)}" for _ in range(count)).capitalize()
        for count in syllables
    ]  # fmt: skip


def _names(rng: np.random.Generator, words: list[str], n: int, longest: int) -> list[str]:
    lengths = rng.integers(1, longest + 1, n)
    # Few words are in most names, as in any language.
    drawn = iter((len(words) * rng.random(int(lengths.sum())) ** 2).astype(np.int64).tolist())
    return [" ".join(words[next(drawn)] for _ in range(length)) for length in lengths.tolist()]


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--tracks", type=int, default=1_000_000)
    options.add_argument("--playlist", type=int, default=300)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args(arguments)
    _, names = catalogue(chosen.tracks, chosen.seed)
    _, places = playlist(names, chosen.playlist, chosen.seed)
    rows: list[dict[str, Any]] = []
    for name, function in (("Segue, Matcher", ours), ("rapidfuzz.process.extractOne", peer)):
        run = measure(function, chosen.tracks, chosen.playlist, chosen.seed)
        same = [
            names[found] == names[place] for found, place in zip(run.value, places, strict=True) if found >= 0 <= place
        ]
        rows.append(
            {
                "way": name, "build s": run.seconds["build"], "match s": run.seconds["match"],
                "found": sum(same), "of": sum(place >= 0 for place in places),
                "wrong": sum(found >= 0 for found in run.value) - sum(same), "peak MB": run.peak_mb,
            }
        )  # fmt: skip
    segue, other = (row["build s"] + row["match s"] for row in rows)
    report(
        f"{chosen.playlist:,} tracks among {chosen.tracks:,}", rows, chosen.json,
        times_as_fast=other / segue, times_as_fast_once_built=rows[1]["match s"] / rows[0]["match s"],
    )  # fmt: skip


if __name__ == "__main__":
    main()

"""The catalogue of the demo world: artists, releases and tracks as frames, with titles, lyrics and tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.demo.discography import FORMATS, SEASONS, Discography, make_discography
from segue.demo.names import LABELS, TOWNS, person
from segue.demo.places import CODES
from segue.demo.roster import Roster, make_roster
from segue.demo.sounds import GENRES, SCENES, SUBGENRES
from segue.demo.streams import Chooser, stream
from segue.demo.words import Brief, classical_title, lyrics, mood_of, title

GUESTS = frozenset({"hip hop", "pop", "electronic", "latin", "soul", "jazz"})
DECIMALS = {"loudness": 2, "tempo": 2, "key": 0, "mode": 0}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The frames `artists`, `releases` and `tracks`, and the numbers they were made from, in the same order."""

    roster: Roster
    discography: Discography
    artists: pl.DataFrame
    releases: pl.DataFrame
    tracks: pl.DataFrame
    moods: list[str]


def ids(kind: str, n: int) -> list[str]:
    """The ids of `n` things of a kind: demo:track:0001 and so on."""
    return [f"demo:{kind}:{number:04d}" for number in range(1, n + 1)]


def make_catalogue(seed: int, scale: float) -> Catalogue:
    """About 300 artists, 600 releases and 3,500 tracks (times `scale`)."""
    people = make_roster(seed, scale)
    made = make_discography(seed, people)
    moods = list(map(mood_of, made.sound["energy"].tolist(), made.sound["valence"].tolist()))
    texts = _Texts(seed, people, made, moods)
    return Catalogue(
        people, made, _artist_frame(seed, people), _release_frame(seed, people, made, texts.titles),
        _track_frame(seed, people, made, texts, moods), moods,
    )  # fmt: skip


class _Texts:
    """The titles, languages and lyrics of all tracks; versions have their original's."""

    def __init__(self, seed: int, people: Roster, made: Discography, moods: list[str]) -> None:
        chooser = Chooser(stream(seed, "words"))
        self.titles: list[str] = []
        self.languages: list[str | None] = []
        self.lyrics: list[str | None] = []
        self.remixers: list[int | None] = []
        self._taken: set[tuple[int, str]] = set()
        for track in range(made.n_tracks):
            self._write(chooser, people, made, track, moods[track])
        for track in np.flatnonzero(made.kind != "original").tolist():
            self._version(chooser, people, made, track)

    def _write(self, chooser: Chooser, people: Roster, made: Discography, track: int, mood: str) -> None:
        artist = int(made.artist[track])
        vocal = bool(made.sound["instrumentalness"][track] < 0.5)
        genre = people.genre_name(artist)
        brief = Brief(genre, mood, people.languages[artist], SEASONS[made.season[track]])
        for attempt in range(9):
            name = title(chooser, brief)
            if genre == "classical" and not vocal and not brief.season:
                key, mode = int(made.sound["key"][track]), int(made.sound["mode"][track])
                name = classical_title(chooser, chooser.below(24) + 1, key, mode)
            if (artist, name) not in self._taken:
                break
            if attempt == 8:
                name += ", Part II"
        self._taken.add((artist, name))
        self.titles.append(name)
        self.languages.append(brief.language if vocal else None)
        self.lyrics.append(lyrics(chooser, brief, name) if vocal else None)
        self.remixers.append(None)

    def _version(self, chooser: Chooser, people: Roster, made: Discography, track: int) -> None:
        of, kind = int(made.original[track]), made.kind[track]
        name = self.titles[of]
        self.languages[track], self.lyrics[track] = self.languages[of], self.lyrics[of]
        if kind == "live":
            name = f"{name} (Live in {chooser.one(TOWNS)})"
        elif kind == "remaster":
            name = f"{name} ({made.day[track].astype(object).year} Remaster)"
        elif kind == "remix":
            mixer = chooser.one([who for who in range(len(people)) if who != made.artist[track]])
            self.remixers[track] = mixer
            name = f"{name} ({people.names[mixer]} Remix)"
        self.titles[track] = name


def _popularity(fame: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(100 * (fame / fame.max()) ** 0.4))


def _tags(chooser: Chooser, words: list[tuple[str, float]], crowd: float) -> list[dict[str, object]]:
    """Each word with how many of the crowd gave it; what next to nobody gave stays out."""
    seen: dict[str, float] = {}
    for word, share in words:
        count = round(crowd * share * (0.4 + chooser.below(1000) / 833))
        if count >= 1:
            seen[word] = max(seen.get(word, 0.0), float(count))
    return [{"tag": word, "weight": weight} for word, weight in sorted(seen.items(), key=lambda pair: -pair[1])]


def _scene_words(row: np.ndarray) -> list[tuple[str, float]]:
    return [(tag, float(row[scene])) for scene in np.flatnonzero(row > 0.1) for tag in SCENES[scene].tags]


def _artist_frame(seed: int, people: Roster) -> pl.DataFrame:
    chooser = Chooser(stream(seed, "artist tags"))
    popularity = _popularity(people.fame)
    tags = [
        _tags(chooser, [(SUBGENRES[people.subgenre[artist]].name, 1.0), (people.genre_name(artist), 0.8),
                        *_scene_words(people.scenes[artist])], 5 + 95 * popularity[artist] / 100)
        for artist in range(len(people))
    ]  # fmt: skip
    return pl.DataFrame({
        "artist_id": ids("artist", len(people)),
        "name": people.names,
        "country": [CODES[place] for place in people.country],
        "genres": [[people.genre_name(artist), SUBGENRES[people.subgenre[artist]].name]
                   for artist in range(len(people))],
        "tags": tags,
        "popularity": popularity,
    })  # fmt: skip


def _release_frame(seed: int, people: Roster, made: Discography, titles: list[str]) -> pl.DataFrame:
    """Releases are called after their first track, or a later one, or their artist."""
    chooser = Chooser(stream(seed, "release titles"))
    artist_ids = ids("artist", len(people))
    homes = [chooser.one(LABELS) for _ in range(len(people))]
    starts = np.searchsorted(made.release_of, np.arange(len(made.release_artist)))
    sizes = np.bincount(made.release_of)
    names = []
    for release, artist in enumerate(made.release_artist):
        lead = titles[starts[release] + (chooser.below(int(sizes[release])) if chooser.chance(0.3) else 0)]
        lead = lead.split(" (")[0]
        form = FORMATS[made.release_format[release]]
        first = release == 0 or made.release_artist[release - 1] != artist
        itself = form == "album" and first and chooser.chance(0.3)
        names.append(people.names[artist] if itself else f"{lead} EP" if form == "EP" else lead)
    return pl.DataFrame({
        "release_id": ids("release", len(names)),
        "title": names,
        "artist_ids": [[artist_ids[artist]] for artist in made.release_artist],
        "date": made.release_day,
        "date_precision": ["day"] * len(names),
        "label": [homes[artist] for artist in made.release_artist],
    })  # fmt: skip


def _track_frame(seed: int, people: Roster, made: Discography, texts: _Texts, moods: list[str]) -> pl.DataFrame:
    artist_ids, release_ids = ids("artist", len(people)), ids("release", len(made.release_artist))
    works = ids("work", made.n_tracks)
    explicit = stream(seed, "explicit").random(made.n_tracks)
    odds = np.array([genre.explicit for genre in GENRES])[people.genre[made.artist]]
    wordless = np.array([words is None for words in texts.lyrics])
    sound = {name: np.round(values, DECIMALS.get(name, 3)) for name, values in made.sound.items()}
    return pl.DataFrame({
        "track_id": ids("track", made.n_tracks),
        "title": texts.titles,
        "artist_ids": [[artist_ids[artist]] for artist in made.artist],
        "release_id": [release_ids[release] for release in made.release_of],
        "date": made.day,
        "date_precision": ["day"] * made.n_tracks,
        "duration_ms": made.duration_ms,
        "genres": [[people.genre_name(artist)] for artist in made.artist],
        "subgenres": [[SUBGENRES[people.subgenre[artist]].name] for artist in made.artist],
        "tags": _track_tags(seed, people, made, moods),
        "language": texts.languages,
        "kind": made.kind.tolist(),
        "work_id": [works[of] for of in made.original],
        "explicit": (explicit[made.original] < odds) & ~wordless,
        "popularity": _popularity(made.fame),
        "lyrics": texts.lyrics,
        **_credits(seed, people, made, texts.remixers),
        **sound,
    })  # fmt: skip


def _track_tags(seed: int, people: Roster, made: Discography, moods: list[str]) -> list[list[dict[str, object]]]:
    chooser = Chooser(stream(seed, "track tags"))
    crowd = 2 + 48 * _popularity(made.fame) / 100
    mood_words = {"bright": "happy", "fierce": "intense", "tender": "mellow", "blue": "sad"}
    years = made.day.astype("datetime64[Y]").astype(int) + 1970
    tags = []
    for track, artist in enumerate(made.artist):
        words = [(SUBGENRES[people.subgenre[artist]].name, 1.0), (people.genre_name(artist), 0.5),
                 *_scene_words(made.scenes[track]), (mood_words[moods[track]], 0.5),
                 (f"{years[track] // 10 * 10 % 100:02d}s", 0.4)]  # fmt: skip
        if made.sound["instrumentalness"][track] > 0.5:
            words.append(("instrumental", 0.5))
        if made.season[track]:
            words.append((SEASONS[made.season[track]], 1.0))
        if made.kind[track] in ("live", "cover", "remix"):
            words.append((made.kind[track], 0.6))
        tags.append(_tags(chooser, words, float(crowd[track])))
    return tags


def _credits(seed: int, people: Roster, made: Discography,
             remixers: list[int | None]) -> dict[str, list[list[str]]]:  # fmt: skip
    """Songwriters, producers, instruments and guests of each track; versions have their original's songwriters."""
    chooser = Chooser(stream(seed, "credits"))
    artist_ids = ids("artist", len(people))
    producers = {genre.name: [person(chooser, genre.name) for _ in range(12)] for genre in GENRES}
    bands, studios, line_ups, neighbours = [], [], [], []
    for artist in range(len(people)):
        genre = people.genre_name(artist)
        bands.append([person(chooser, genre) for _ in range(3)])
        studios.append(chooser.some(producers[genre], 2))
        line_ups.append(chooser.some(GENRES[people.genre[artist]].instruments, 4))
        close = np.flatnonzero(people.main_scene == people.main_scene[artist]).tolist()
        neighbours.append([other for other in close if other != artist])
    found: dict[str, list[list[str]]] = {"songwriters": [], "producers": [], "instruments": [],
                                         "featured_artist_ids": []}  # fmt: skip
    for track, artist in enumerate(made.artist):
        writers = chooser.some(bands[made.artist[made.original[track]]], 1 + chooser.below(2))
        invites = people.genre_name(artist) in GUESTS and bool(neighbours[artist]) and chooser.chance(0.12)
        guests = [chooser.one(neighbours[artist])] if invites else []
        mixer = remixers[track]
        found["songwriters"].append(writers)
        found["producers"].append(chooser.some(studios[artist], 1 + chooser.below(2)))
        found["instruments"].append(chooser.some(line_ups[artist], 2 + chooser.below(3)))
        found["featured_artist_ids"].append([artist_ids[who] for who in (guests if mixer is None else [mixer])])
    for track in np.flatnonzero(made.kind != "original").tolist():
        found["songwriters"][track] = found["songwriters"][made.original[track]]
    return found

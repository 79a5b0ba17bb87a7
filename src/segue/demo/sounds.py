"""Genres, subgenres and scenes: what the music of the demo world sounds like, and which of it is loved together.

A subgenre belongs to one genre. A scene is a taste: it takes from several subgenres, often of different genres, so
that listeners, and not only labels, tell which music belongs together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Genre:
    """One genre: `explicit` and `native` are shares of its tracks (explicit words, sung in the country's language)."""

    name: str
    instruments: tuple[str, ...]
    countries: tuple[str, ...]
    explicit: float = 0.0
    native: float = 0.3


@dataclass(frozen=True)
class Subgenre:
    """The mean sound of one subgenre: shares from 0 to 1, tempo in beats per minute, length in minutes."""

    name: str
    genre: str
    acousticness: float
    danceability: float
    energy: float
    instrumentalness: float
    speechiness: float
    valence: float
    tempo: float
    minutes: float
    since: int


@dataclass(frozen=True)
class Scene:
    """One taste: its subgenres, the words people tag it with, its size, when it is played, and how it leans.

    `energy` and `valence` are added to what the subgenre has.
    """

    name: str
    subgenres: tuple[str, ...]
    tags: tuple[str, ...]
    size: float
    hours: str
    energy: float
    valence: float


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


def _scene(name: str, subgenres: str, tags: str, size: float, hours: str, energy: float = 0.0,
           valence: float = 0.0) -> Scene:  # fmt: skip
    return Scene(name, _list(subgenres), _list(tags), size, hours, energy, valence)


GENRES = (
    Genre("ambient", _list("synthesizer, piano, field recording, guitar, cello"), ("DE", "NO", "GB", "JP", "US")),
    Genre("classical", _list("piano, violin, viola, cello, flute, choir"), ("DE", "FR", "GB", "SE", "NL"), native=0.6),
    Genre("electronic", _list("synthesizer, drum machine, sampler, bass, vocoder"), ("DE", "FR", "GB", "NL", "US")),
    Genre("folk", _list("acoustic guitar, fiddle, banjo, harmonium, double bass"), ("US", "IE", "GB", "SE", "NO")),
    Genre("hip hop", _list("turntables, sampler, drum machine, bass, keyboard"), ("US", "FR", "GB", "DE", "ZA"),
          0.5, 0.6),
    Genre("indie", _list("guitar, bass, drums, synthesizer, glockenspiel"), ("GB", "US", "AU", "SE", "CA"), 0.05),
    Genre("jazz", _list("saxophone, trumpet, piano, double bass, drums"), ("US", "FR", "JP", "NO", "ZA")),
    Genre("latin", _list("guitar, percussion, accordion, trumpet, bass"), ("BR", "MX", "CO", "AR", "ES"), 0.1, 0.95),
    Genre("metal", _list("distorted guitar, bass, drums, organ, hurdy-gurdy"), ("SE", "NO", "DE", "US", "BR"),
          0.2, 0.2),
    Genre("pop", _list("synthesizer, drum machine, guitar, piano, strings"), ("US", "SE", "GB", "FR", "ES"), 0.05),
    Genre("rock", _list("guitar, bass, drums, organ, harmonica"), ("US", "GB", "AU", "DE", "AR"), 0.1),
    Genre("soul", _list("electric piano, bass, drums, horns, guitar"), ("US", "GB", "NL", "BR", "ZA"), 0.15, 0.2),
)  # fmt: skip

# name, genre, acousticness, danceability, energy, instrumentalness, speechiness, valence, tempo, minutes, since
SUBGENRES = (
    Subgenre("drone", "ambient", .55, .15, .15, .92, .04, .15, 70, 7.0, 1975),
    Subgenre("piano ambient", "ambient", .90, .25, .15, .90, .04, .30, 80, 4.0, 1985),
    Subgenre("space ambient", "ambient", .45, .20, .25, .90, .04, .25, 85, 6.0, 1975),
    Subgenre("chamber", "classical", .95, .25, .25, .92, .04, .35, 100, 5.0, 1965),
    Subgenre("choral", "classical", .93, .15, .20, .15, .04, .25, 85, 4.5, 1965),
    Subgenre("minimalism", "classical", .85, .30, .30, .90, .04, .35, 110, 5.5, 1972),
    Subgenre("downtempo", "electronic", .25, .60, .45, .60, .05, .40, 95, 4.8, 1992),
    Subgenre("house", "electronic", .06, .80, .75, .45, .05, .65, 124, 5.0, 1987),
    Subgenre("synthwave", "electronic", .06, .62, .70, .55, .04, .45, 108, 4.2, 2008),
    Subgenre("techno", "electronic", .04, .75, .85, .80, .05, .35, 132, 6.0, 1989),
    Subgenre("americana", "folk", .65, .50, .45, .06, .04, .50, 112, 3.8, 1968),
    Subgenre("indie folk", "folk", .75, .45, .35, .10, .04, .40, 105, 3.7, 1998),
    Subgenre("nordic folk", "folk", .70, .40, .40, .25, .04, .30, 98, 4.3, 1985),
    Subgenre("boom bap", "hip hop", .20, .75, .65, .05, .28, .55, 92, 3.8, 1989),
    Subgenre("lo-fi hip hop", "hip hop", .45, .65, .35, .75, .10, .45, 82, 2.5, 2012),
    Subgenre("trap", "hip hop", .12, .75, .65, .03, .22, .40, 140, 3.0, 2010),
    Subgenre("bedroom pop", "indie", .45, .60, .40, .12, .04, .50, 100, 3.2, 2012),
    Subgenre("dream pop", "indie", .25, .45, .55, .30, .04, .40, 110, 4.2, 1988),
    Subgenre("jangle pop", "indie", .20, .55, .70, .06, .04, .70, 128, 3.3, 1984),
    Subgenre("bebop", "jazz", .80, .52, .50, .70, .05, .60, 150, 5.5, 1962),
    Subgenre("nu jazz", "jazz", .40, .65, .55, .60, .06, .55, 105, 5.0, 1997),
    Subgenre("vocal jazz", "jazz", .85, .50, .30, .05, .05, .50, 96, 3.8, 1962),
    Subgenre("bossa nova", "latin", .80, .60, .35, .15, .04, .65, 90, 3.2, 1963),
    Subgenre("cumbia", "latin", .40, .78, .70, .08, .06, .85, 98, 3.6, 1972),
    Subgenre("reggaeton", "latin", .15, .80, .75, .02, .12, .65, 95, 3.3, 2004),
    Subgenre("doom metal", "metal", .04, .25, .75, .30, .05, .20, 75, 7.0, 1980),
    Subgenre("folk metal", "metal", .12, .35, .88, .15, .06, .40, 138, 4.8, 1996),
    Subgenre("progressive metal", "metal", .06, .35, .85, .30, .06, .30, 125, 6.2, 1990),
    Subgenre("thrash metal", "metal", .02, .38, .95, .08, .09, .35, 168, 4.2, 1984),
    Subgenre("art pop", "pop", .40, .55, .50, .12, .05, .45, 108, 4.0, 1982),
    Subgenre("dance-pop", "pop", .10, .72, .78, .01, .06, .65, 120, 3.3, 1988),
    Subgenre("synth-pop", "pop", .10, .65, .70, .06, .04, .58, 118, 3.8, 1981),
    Subgenre("classic rock", "rock", .20, .50, .75, .06, .05, .60, 124, 4.2, 1967),
    Subgenre("garage rock", "rock", .08, .48, .88, .06, .06, .58, 142, 2.9, 1966),
    Subgenre("post-rock", "rock", .25, .30, .55, .85, .04, .25, 115, 7.0, 1996),
    Subgenre("psychedelic rock", "rock", .25, .42, .65, .30, .05, .45, 112, 5.0, 1967),
    Subgenre("funk", "soul", .15, .80, .75, .12, .07, .85, 108, 4.2, 1970),
    Subgenre("neo soul", "soul", .40, .68, .45, .06, .09, .52, 90, 4.0, 1997),
    Subgenre("r&b", "soul", .25, .68, .50, .01, .09, .45, 98, 3.6, 1992),
)  # fmt: skip

SCENES = (
    _scene("quiet morning", "piano ambient, chamber, indie folk", "calm, morning, acoustic", 3, "morning", -.05, .10),
    _scene("deep focus", "drone, minimalism, lo-fi hip hop", "focus, study, repetitive", 3, "work"),
    _scene("night drive", "synthwave, synth-pop, downtempo", "night, driving, retro", 4, "night", .05, -.05),
    _scene("warehouse", "techno, house", "club, hypnotic, underground", 3, "night", .05, -.05),
    _scene("sunset terrace", "house, bossa nova, downtempo", "summer, chill, sunset", 3, "evening", -.05, .10),
    _scene("campfire", "indie folk, americana", "campfire, storytelling, acoustic", 4, "evening", -.05),
    _scene("northern lights", "nordic folk, space ambient, choral", "nordic, winter, vast", 2, "evening", 0, -.08),
    _scene("basement show", "garage rock, jangle pop", "raw, lo-fi, loud", 4, "evening", .05),
    _scene("bedroom window", "bedroom pop, dream pop, lo-fi hip hop", "dreamy, intimate, soft", 5, "night", -.05),
    _scene("wall of haze", "dream pop, post-rock, psychedelic rock", "hazy, noisy, swirling", 3, "night", .10, -.08),
    _scene("kaleidoscope", "psychedelic rock, classic rock, art pop", "psychedelic, trippy, colourful", 3, "evening"),
    _scene("slow and heavy", "doom metal, post-rock, drone", "heavy, slow, bleak", 2, "night", 0, -.08),
    _scene("mosh pit", "thrash metal, garage rock", "fast, aggressive, loud", 3, "gym", .05),
    _scene("odd meters", "progressive metal, post-rock, nu jazz", "complex, virtuoso, epic", 2, "work"),
    _scene("longship", "folk metal, nordic folk", "nordic, epic, singalong", 2, "gym", .05),
    _scene("gym hour", "trap, dance-pop, techno", "workout, hard, motivation", 5, "gym", .10),
    _scene("street poetry", "boom bap, nu jazz", "conscious, storytelling, jazzy", 4, "work"),
    _scene("after hours", "trap, reggaeton, r&b", "night, moody, bass", 5, "night", -.05, -.10),
    _scene("slow jams", "r&b, neo soul", "romantic, slow, smooth", 4, "night", -.05, .05),
    _scene("funk floor", "funk, house, dance-pop", "groovy, party, upbeat", 4, "evening", .05, .05),
    _scene("smoky cellar", "bebop, vocal jazz", "smoky, standards, late", 2, "night"),
    _scene("new grooves", "nu jazz, neo soul, funk", "groovy, jazzy, warm", 3, "work"),
    _scene("carnival", "reggaeton, cumbia", "party, summer, dance", 4, "evening", .05, .05),
    _scene("beachside", "bossa nova, vocal jazz, bedroom pop", "breezy, summer, soft", 3, "morning", -.05, .10),
    _scene("village fair", "cumbia, americana, nordic folk", "traditional, singalong, dance", 2, "evening", .05, .10),
    _scene("front page", "dance-pop, synth-pop, r&b", "catchy, hits, dance", 9, "any", .05, .05),
    _scene("velvet stage", "art pop, chamber, dream pop", "dramatic, literate, strings", 3, "evening"),
    _scene("stadium", "classic rock, garage rock", "anthem, guitar, classic", 6, "any", .05, .05),
    _scene("open road", "classic rock, americana, jangle pop", "road trip, driving, sunny", 5, "morning", 0, .08),
    _scene("lights out", "drone, piano ambient, space ambient", "sleep, calm, night", 3, "night", -.08),
    _scene("closing credits", "minimalism, post-rock, choral", "cinematic, epic, strings", 3, "work", .05),
    _scene("rainy sunday", "lo-fi hip hop, neo soul, vocal jazz", "rain, mellow, sunday", 4, "morning", -.05),
)  # fmt: skip

# How much likelier a kind of scene is in each part of the day: 0-5, 5-9, 9-13, 13-17, 17-21, 21-24 local time.
HOURS = {
    "any": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "morning": (0.3, 2.5, 1.8, 0.9, 0.6, 0.4),
    "work": (0.4, 0.9, 2.0, 1.8, 0.7, 0.5),
    "evening": (0.6, 0.5, 0.6, 1.0, 2.0, 1.4),
    "night": (2.6, 0.5, 0.4, 0.6, 1.1, 2.2),
    "gym": (0.3, 1.8, 0.9, 1.1, 1.8, 0.5),
}
HOUR_EDGES = (5, 9, 13, 17, 21)

GENRE_INDEX = {genre.name: place for place, genre in enumerate(GENRES)}
SUBGENRE_INDEX = {subgenre.name: place for place, subgenre in enumerate(SUBGENRES)}

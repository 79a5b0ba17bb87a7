"""Titles and short lyrics, made from small word lists by mood, genre, season and language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segue.demo.streams import Chooser


@dataclass(frozen=True)
class Mood:
    """Words for one mood, in English."""

    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class Tongue:
    """Words of another language: an opener takes any of the nouns, a closer stands alone."""

    openers: tuple[str, ...]
    bright: tuple[str, ...]
    blue: tuple[str, ...]
    winter: tuple[str, ...]
    summer: tuple[str, ...]
    closers: tuple[str, ...]
    conjunction: str


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


MOODS = {
    "bright": Mood(
        _list("golden, happy, bright, open, lucky, shining, sweet, free"),
        _list("sunshine, laughter, weekend, party, smile, morning, colour, song, joy, parade"),
        _list("dance, sing, laugh, shine, jump, fly, celebrate, run"),
    ),
    "fierce": Mood(
        _list("broken, burning, loud, restless, electric, reckless, iron, wild"),
        _list("fire, thunder, hammer, storm, engine, fury, blade, riot, wreck, alarm"),
        _list("fight, burn, shout, break, race, strike, rage, fall"),
    ),
    "tender": Mood(
        _list("gentle, warm, quiet, soft, slow, tender, easy, kind"),
        _list("garden, kiss, river, lantern, letter, window, whisper, honey, hand, tea"),
        _list("hold, rest, love, breathe, wander, stay, dream, wait"),
    ),
    "blue": Mood(
        _list("lonely, grey, empty, lost, cold, hollow, faded, silent"),
        _list("tears, shadow, sorrow, rain, goodbye, ghost, regret, distance, ashes, dust"),
        _list("cry, leave, miss, fade, drift, ache, forget, weep"),
    ),
}
SEASONS = {
    "winter": Mood(
        _list("frozen, snowy, white, frosty"),
        _list("snow, winter, solstice, ice, fireplace, snowfall, candlelight, frost"),
        _list("shiver, skate, gather, huddle"),
    ),
    "summer": Mood(
        _list("sunburnt, endless, salty, barefoot"),
        _list("summer, beach, midsummer, sunset, ocean, heatwave, lemonade, holiday"),
        _list("swim, surf, bask, sail"),
    ),
}
GENRE_NOUNS = {
    "ambient": _list("horizon, orbit, tide, vapour, echo, moonlight, glacier, signal"),
    "classical": _list("heaven, angel, grace, dove, lily, evening, star, stone"),
    "electronic": _list("machine, neon, pulse, laser, voltage, frequency, circuit, strobe"),
    "folk": _list("harvest, mountain, lantern, barn, crow, willow, ferry, hearth"),
    "hip hop": _list("block, hustle, rhyme, crown, corner, mic, paper, avenue"),
    "indie": _list("bicycle, polaroid, suburb, postcard, balcony, sweater, mixtape, kitchen"),
    "jazz": _list("midnight, cigarette, taxi, velvet, saxophone, boulevard, cocktail, moon"),
    "latin": _list("guitar, palm, carnival, hips, plaza, rum, shore, lantern"),
    "metal": _list("throne, abyss, raven, grave, battle, serpent, oath, eclipse"),
    "pop": _list("heartbeat, lipstick, mirror, telephone, dancefloor, crush, spotlight, glitter"),
    "rock": _list("highway, radio, leather, whiskey, motor, rebel, guitar, jukebox"),
    "soul": _list("soul, groove, body, sugar, church, rhythm, mama, feeling"),
}
TONGUES = {
    "es": Tongue(
        _list("Sueño con, Busco, Recuerdo, Te regalo, Espero, Canto para, Vuelvo por"),
        _list("la luz, la fiesta, el sol, tu risa, la mañana, mi canción, tu beso"),
        _list("la sombra, el adiós, tu ausencia, el silencio, la lluvia, la soledad, mi llanto"),
        _list("la nieve, el invierno, el frío, la noche de diciembre"),
        _list("el verano, la playa, la arena, la noche de julio"),
        _list("y nadie lo sabe, hasta mañana, cerca de ti, otra vez, sin decir nada, ven conmigo"),
        "y",
    ),
    "pt": Tongue(
        _list("Sonho com, Procuro, Lembro, Espero, Canto para, Vejo, Guardo"),
        _list("a luz, a festa, o sol, teu riso, a manhã, meu samba, teu beijo"),
        _list("a sombra, o adeus, a saudade, o silêncio, a chuva, a distância, meu pranto"),
        _list("a neve, o inverno, o frio, a noite de junho"),
        _list("o verão, a praia, a areia, a tarde de janeiro"),
        _list("e ninguém sabe, até amanhã, perto de ti, outra vez, sem dizer nada, vem comigo"),
        "e",
    ),
    "fr": Tongue(
        _list("Je cherche, J'attends, Je chante, Je garde, Je revois, Il reste, On oublie"),
        _list("la lumière, la fête, le soleil, ton rire, le matin, ma chanson, nos baisers"),
        _list("les ombres, nos adieux, ton absence, le silence, la pluie, les regrets, mes larmes"),
        _list("la neige, l'hiver, le froid, la nuit de décembre"),
        _list("l'été, la plage, le sable, la nuit de juillet"),
        _list("et personne ne sait, jusqu'à demain, tout près de toi, encore une fois, sans un mot, viens avec moi"),
        "et",
    ),
    "de": Tongue(
        _list("Ich suche, Ich sehe, Ich singe für, Wir finden, Ich male, Wir tanzen durch, Ich kenne"),
        _list("das Licht, das Fest, die Sonne, dein Lachen, das Leben, mein Lied, die Sterne"),
        _list("die Schatten, die Stille, das Ende, die Tränen, die Ferne, das Schweigen, die Asche"),
        _list("das Eis, die Winternacht, die Kälte, die weiße Stadt"),
        _list("das Meer, die Sommernacht, die Hitze, die warme Stadt"),
        _list("und keiner weiß es, bis morgen früh, ganz nah bei dir, noch einmal, ohne ein Wort, komm mit mir"),
        "und",
    ),
    "sv": Tongue(
        _list("Jag söker, Jag minns, Jag ser, Jag drömmer om, Jag väntar på, Vi sjunger om, Vi följer"),
        _list("ljuset, festen, solen, ditt skratt, morgonen, min sång, stjärnorna"),
        _list("skuggan, avskedet, tystnaden, regnet, saknaden, askan, mina tårar"),
        _list("snön, vintern, kylan, decembernatten"),
        _list("sommaren, stranden, havet, julinatten"),
        _list("och ingen vet, tills i morgon, nära dig, en gång till, utan ett ord, kom med mig"),
        "och",
    ),
}
LINES = (
    "I {verb} with the {noun} under the {image}",
    "{Adjective} {noun}, where did you go",
    "We {verb} until the {image} is {adjective}",
    "I found one {adjective} {image} in your {noun}",
    "Oh the {noun}, the {adjective} {noun}",
    "Take me back to the {image}",
    "You and I, we {verb}, we {verb}",
    "Every {image} sounds like {noun}",
    "Nobody can {verb} like the {noun}",
    "Tell me the {image} will {verb} again",
    "In the {adjective} light we {verb}",
    "{Adjective} as the {image} and the {noun}",
)
TITLES = (
    "{Adjective} {Noun}", "{Noun}", "{Image}", "{Adjective} {Image}", "{Noun} and {Image}", "{Verb} with Me",
    "The {Adjective} {Noun}", "{Image} of {Noun}", "Before the {Noun}", "{Verb} Again", "My {Adjective} {Image}",
    "{Noun} in the {Image}", "No More {Noun}", "After the {Image}", "Where the {Image} Goes", "Let It {Verb}",
    "{Adjective} {Noun}, {Adjective} {Image}", "{Verb} for the {Noun}", "{Verb} by the {Image}", "{Image} and {Noun}",
    "{Noun} or {Noun}", "A Song for the {Adjective} {Image}", "{Verb} Till the {Image}", "{Adjective} and {Adjective}",
)  # fmt: skip
FORMS = ("Prelude", "Nocturne", "Étude", "Elegy", "Canon", "Serenade", "Variation", "Impromptu", "Interlude", "Aria")
PITCHES = ("C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")


def mood_of(energy: float, valence: float) -> str:
    """The mood of a track, by the quarter of the plane of energy and valence it lies in."""
    if energy >= 0.5:
        return "bright" if valence >= 0.48 else "fierce"
    return "tender" if valence >= 0.4 else "blue"


@dataclass(frozen=True)
class Brief:
    """What words are wanted for: `season` is winter, summer or empty."""

    genre: str
    mood: str
    language: str
    season: str


def title(chooser: Chooser, brief: Brief) -> str:
    """A title in the language of the brief, English where it has no words for that language."""
    if brief.language in TONGUES:
        tongue = TONGUES[brief.language]
        nouns = _tongue_nouns(tongue, brief)
        first, second = chooser.some(nouns, 2)
        joined = f"{first} {tongue.conjunction} {second}" if chooser.chance(0.5) else first
        if joined == first and chooser.chance(0.7):
            joined = f"{chooser.one(tongue.openers)} {first}"
        return joined[0].upper() + joined[1:]
    return _fill(chooser, chooser.one(TITLES), brief)


def lyrics(chooser: Chooser, brief: Brief, name: str) -> str:
    """Two verses and a chorus that holds the title, one line each of the page."""
    verse_1, verse_2 = ([_line(chooser, brief) for _ in range(3)] for _ in range(2))
    chorus = [name, _line(chooser, brief), name]
    return "\n".join([*verse_1, *chorus, *verse_2, *chorus])


def classical_title(chooser: Chooser, number: int, pitch: int, mode: int) -> str:
    """The title of a piece without words, by its form and key."""
    return f"{chooser.one(FORMS)} No. {number} in {PITCHES[pitch]} {'major' if mode else 'minor'}"


def _tongue_nouns(tongue: Tongue, brief: Brief) -> Sequence[str]:
    mood = tongue.bright if brief.mood in ("bright", "tender") else tongue.blue
    season = {"winter": tongue.winter, "summer": tongue.summer}.get(brief.season, ())
    return (*season, *season, *mood[:4]) if season else mood


def _line(chooser: Chooser, brief: Brief) -> str:
    if brief.language not in TONGUES:
        line = _fill(chooser, chooser.one(LINES), brief)
        return line[0].upper() + line[1:]
    tongue = TONGUES[brief.language]
    line = f"{chooser.one(tongue.openers)} {chooser.one(_tongue_nouns(tongue, brief))}"
    return f"{line}, {chooser.one(tongue.closers)}" if chooser.chance(0.6) else line


def _fill(chooser: Chooser, pattern: str, brief: Brief) -> str:
    """The pattern with each `{slot}` replaced by a word; a slot with a capital gives a capital."""
    mood = MOODS[brief.mood]
    season = SEASONS.get(brief.season)
    images = GENRE_NOUNS[brief.genre]
    banks = {"adjective": mood.adjectives, "noun": mood.nouns, "verb": mood.verbs, "image": images}
    if season is not None:
        banks = {
            "adjective": season.adjectives + mood.adjectives[:3],
            "noun": season.nouns,
            "verb": season.verbs + mood.verbs,
            "image": season.nouns[::-1] + images[:2],
        }
    head, *slots = pattern.split("{")
    for slot in slots:
        kind, rest = slot.split("}")
        first, second = chooser.some(banks[kind.lower()], 2)
        word = second if first in head.casefold() and kind not in ("verb", "Verb") else first
        head += (word if kind.islower() else word[0].upper() + word[1:]) + rest
    return head

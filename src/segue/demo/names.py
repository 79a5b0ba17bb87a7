"""Invented names of artists, people, places and labels, with the flavour of their genre.

Every name holds at least one coined word (a `start` and an `end` of the genre), so that no real artist is meant.
"""

from __future__ import annotations

from dataclasses import dataclass

from segue.demo.streams import Chooser


@dataclass(frozen=True)
class Flavour:
    """How the artists of one genre are called: starts and ends make a coined word, patterns a name."""

    starts: tuple[str, ...]
    ends: tuple[str, ...]
    nouns: tuple[str, ...]
    patterns: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _flavour(starts: str, ends: str, nouns: str, patterns: str) -> Flavour:
    return Flavour(_words(starts), _words(ends), _words(nouns), tuple(patterns.split("|")))


FLAVOURS = {
    "ambient": _flavour(
        "Hael Lumi Ovel Sere Thal Nim Auri Wen Issa Velu Ona Mirre",
        "mora then lune way wyn ondo sea dell rin thea",
        "Fields Tides Rooms Hours Mist Shore",
        "{coin}|{coin}|{coin} {noun}|Under {coin}|{first} {coin}",
    ),
    "classical": _flavour(
        "Brandel Eber Lyss Vossen Marten Aldin Corvell Heller Rosmar Ostra Delac Fenne",
        "stein mann gaard ova ier ling berg holt eau ström",
        "Quartet Ensemble Consort Players Trio Choir",
        "{first} {coin}|{first} {coin}|{first} {coin}|{coin} {noun}|{coin} {noun}",
    ),
    "electronic": _flavour(
        "Zyl Nevo Oru Kalto Vexa Tri Plexi Mino Quan Sola Deko Ruba",
        "dex rix tron mode lux nova bit sar kio zen",
        "Circuit Signal Motor Relay Static Grid",
        "{coin}|{coin}|{coin}|{coin} {noun}|{coin} & {coin}|DJ {coin}",
    ),
    "folk": _flavour(
        "Harrow Wick Alder Fern Bram Tam Low Thistle Ewe Marl Rush Hazel",
        "by combe dale low mere stow wick hurst garth bourne",
        "Lanterns Sparrows Ploughmen Orchards Daughters Kettles",
        "{first} {coin}|{first} {coin}|{first} {coin}|The {coin} {noun}|{coin} {noun}|{coin} & {coin}",
    ),
    "hip hop": _flavour(
        "Jaxo Tre Koda Mav Rello Brix Dovo Sly Quez Nino Tano Verb",
        "dex ito lo mack ski well zo ton ric mo",
        "Scribe Cipher Ledger Prophet Corner Native",
        "MC {coin}|{coin}|{coin} {coin}|{coin} the {noun}|{coin} {noun}|Young {coin}",
    ),
    "indie": _flavour(
        "Pala Mari Tully Posy Wilby Juno Pim Lark Cardi Minty Opal Dory",
        "mint beau lou belle more ford wood lee row bee",
        "Umbrellas Postcards Bicycles Arcade Weekend Choir",
        "{coin}|{coin} {noun}|The {coin} {noun}|{coin} {noun}|{first} {coin}|{coin} and the {noun}",
    ),
    "jazz": _flavour(
        "Dela Monto Haska Belva Carro Winta Lomax Sori Tibb Graym Ellin Parr",
        "way lin dard llo mond ley rier wick ston beck",
        "Trio Quartet Quintet Octet Sextet Orchestra",
        "{first} {coin}|{first} {coin}|{first} {coin} {noun}|{first} {coin} {noun}|The {coin} {noun}",
    ),
    "latin": _flavour(
        "Cala Mira Zaca Vero Torre Palo Sole Guara Tami Rio Lume Nava",
        "vera dosa nte maro lindo quilla tez ro sol zonte",
        "Caminos Palmeros Vecinos Gaviotas Tambores Corales",
        "{first} {coin}|{first} {coin}|Los {noun} de {coin}|Grupo {coin}|Orquesta {coin}|{coin}",
    ),
    "metal": _flavour(
        "Grim Mord Skar Vol Thorn Ashe Drak Ulv Karn Hex Nyfr Wrath",
        "heim vald gore mark throne grave thul dur skald rune",
        "Legion Monolith Ravens Oath Furnace Eclipse",
        "{coin}|{coin}|{coin}|{coin} {noun}|{noun} of {coin}",
    ),
    "pop": _flavour(
        "Livi Calo Ari Nela Tay Sami Kiki Zara Bea Milo Jess Romi",
        "anne dell ette lyn essa ora belle way star ley",
        "Parade Confetti Mirrors Neon Holiday Valentine",
        "{coin}|{first} {coin}|{first} {coin}|{coin} {noun}|{coin} & {first}",
    ),
    "rock": _flavour(
        "Tallow Brack Corr Milden Ken Stam Rook Hollis Dun Warda Cobb Rud",
        "mere field gate burn ridge ton wall ham cross yard",
        "Kites Engines Wolves Brothers Sirens Riders",
        "The {coin} {noun}|The {coin} {noun}|{coin}|{coin} {noun}|{first} {coin} Band|The {noun} of {coin}",
    ),
    "soul": _flavour(
        "Isa Mel Char Dev Lor Tam Odes Aud Clar Jas Rena Wyl",
        "elle aine ona rice ford ison ette wood anne ley",
        "Revue Express Sisters Sunday Honey Groove",
        "{first} {coin}|{first} {coin}|{first} {coin}|The {coin} {noun}|{coin} {noun}",
    ),
}

FIRST_NAMES = _words(
    "Ada Alma Anouk Arlo Astrid Bela Bruno Carla Cleo Dario Delia Edda Elias Enzo Esme Fay Femi Gil Greta Hanne Hugo "
    "Ida Ilse Ines Ivo Jonas Juna Kaito Kemi Lars Leona Lino Lotte Lucia Mabel Maren Mateo Mina Nadia Nils Noor Olga "
    "Orla Oskar Pablo Petra Quinn Rafa Romy Rune Sadie Sana Selma Silas Solveig Tessa Theo Tova Uma Vera Viggo Wanda "
    "Yara Yusuf Zadie Zora"
)
TOWNS = _words(
    "Aldermouth Brackhaven Castelmar Dornstad Elmsport Fjellvik Grauhafen Hollowick Ilverton Jarnby Kestrel Lumesol "
    "Marrowgate Norrhamn Ottermere Portavelo Quillfort Rosmarin Saltby Tarnholm Ulvsund Veldorp Westerlune"
)
LABELS = tuple(
    f"{word} {kind}"
    for word in _words("Paperboat Tinwhistle Moonlit Lowtide Redkite Greenhouse Sidedoor Farlight Oldmill Nightferry")
    for kind in ("Records", "Recordings", "Sound", "Music")
)


def coin(chooser: Chooser, genre: str) -> str:
    """A coined word that sounds of the genre; a letter that would stand double at the joint is written once."""
    flavour = FLAVOURS[genre]
    start, end = chooser.one(flavour.starts), chooser.one(flavour.ends)
    return start + (end[1:] if start[-1].lower() == end[0] else end)


def person(chooser: Chooser, genre: str) -> str:
    """A made-up person's name."""
    return f"{chooser.one(FIRST_NAMES)} {coin(chooser, genre)}"


def artist_name(chooser: Chooser, genre: str, taken: set[str]) -> str:
    """A name that is not yet `taken` (compared case-insensitively); it is taken afterwards."""
    flavour = FLAVOURS[genre]
    while True:
        pattern = chooser.one(flavour.patterns)
        parts = pattern.split("{coin}")
        name = parts[0] + "".join(coin(chooser, genre) + part for part in parts[1:])
        name = name.replace("{first}", chooser.one(FIRST_NAMES)).replace("{noun}", chooser.one(flavour.nouns))
        if name.casefold() not in taken and len(set(name.split())) == len(name.split()):
            taken.add(name.casefold())
            return name

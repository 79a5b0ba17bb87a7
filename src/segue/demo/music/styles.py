"""How each kind of music is arranged: its chords, drums, bass, what accompanies, what leads, and the room it is in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """An instrument and what it does with the chords.

    Attributes:
        voice: of `tones.VOICES`.
        figure: of `figures.FIGURES`.
        level: its loudness beside others.
        pan: -1 left to 1 right.
        room: how much of it is heard in the room.
        late: whether it comes in with the second theme only.
    """

    voice: str
    figure: str
    level: float = 0.2
    pan: float = 0.0
    room: float = 0.25
    late: bool = False


@dataclass(frozen=True)
class Style:
    """A kind of music.

    Attributes:
        harmony: of `harmony.PROGRESSIONS`.
        beat: of `drums.BEATS`.
        bass: the bass; None where there is none.
        parts: what accompanies.
        leads: what may lead: one is drawn.
        room_s: how long the room sounds.
        busy: how many notes a melody has, 0 to 1.
        five: whether melodies keep to five notes.
        pumping: whether all else makes way for the bass drum.
        drive: how much guitars are distorted, 0 not at all.
        electronic: whether its drums are machines.
        lead_level: how loud its melody is.
    """

    harmony: str
    beat: str
    bass: Part | None
    parts: tuple[Part, ...]
    leads: tuple[str, ...]
    room_s: float = 1.2
    busy: float = 0.5
    five: bool = False
    pumping: bool = False
    drive: float = 0.0
    electronic: bool = False
    lead_level: float = 0.24


def _bass(voice: str, figure: str, level: float = 0.34) -> Part:
    return Part(voice, figure, level, 0.0, 0.03)


_PIANO_HELD = Part("piano", "held", 0.2, -0.2, 0.35)
_GUITARS = (Part("string", "powered", 0.22, -0.75, 0.08), Part("string", "powered", 0.22, 0.75, 0.08))
_STRUMMED = Part("steel", "strummed", 0.15, 0.3, 0.2)
_PICKED = Part("nylon", "picked", 0.27, -0.25, 0.25)
_RHODES = Part("electric piano", "charleston", 0.21, 0.2, 0.25)

STYLES: dict[str, Style] = {
    "drone": Style(
        "still",
        "none",
        _bass("drone", "held", 0.3),
        (Part("drone", "held", 0.22, 0, 0.6), Part("glass", "pulsed", 0.16, 0.2, 0.7)),
        ("glass",),
        3.5,
        0.0,
    ),
    "piano ambient": Style(
        "still",
        "none",
        None,
        (Part("piano", "rolled", 0.27, -0.1, 0.55), Part("pad", "held", 0.1, 0, 0.5, late=True)),
        ("piano",),
        3.0,
        0.1,
    ),
    "space ambient": Style(
        "still",
        "none",
        _bass("drone", "held", 0.22),
        (Part("pad", "held", 0.17, 0, 0.6), Part("glass", "rolled", 0.16, 0.2, 0.7)),
        ("glass", "lead"),
        3.5,
        0.1,
        lead_level=0.14,
    ),
    "chamber": Style(
        "classical",
        "none",
        _bass("strings", "steady", 0.2),
        (Part("strings", "steady", 0.15, -0.2, 0.4), Part("harp", "rolled", 0.22, 0.3, 0.4)),
        ("flute", "fiddle"),
        2.2,
        0.55,
    ),
    "choral": Style(
        "classical",
        "none",
        _bass("choir", "steady", 0.2),
        (Part("choir", "steady", 0.22, 0, 0.6), Part("harp", "pulsed", 0.14, 0, 0.5)),
        ("voice",),
        3.0,
        0.2,
    ),
    "minimalism": Style(
        "still",
        "none",
        None,
        (
            Part("piano", "repeated", 0.23, -0.3, 0.35),
            Part("vibraphone", "rolled", 0.16, 0.4, 0.4),
            Part("strings", "held", 0.1, 0, 0.5, late=True),
        ),
        ("flute", "piano"),
        2.2,
        0.2,
    ),
    "downtempo": Style(
        "soul",
        "slow",
        _bass("sub bass", "syncopated"),
        (Part("electric piano", "charleston", 0.2, -0.2, 0.3), Part("pad", "held", 0.11, 0, 0.4)),
        ("vibraphone", "lead"),
        1.8,
        0.25,
        electronic=True,
    ),
    "house": Style(
        "dance",
        "four",
        _bass("synth bass", "offbeat"),
        (Part("stab", "charleston", 0.15, 0, 0.3), Part("bright pad", "held", 0.1, 0, 0.35, late=True)),
        ("piano", "lead"),
        1.3,
        0.5,
        pumping=True,
        electronic=True,
    ),
    "synthwave": Style(
        "dance",
        "four",
        _bass("synth bass", "eighths", 0.3),
        (Part("bright pad", "held", 0.13, 0, 0.4), Part("pluck", "rolled", 0.15, 0.35, 0.35)),
        ("lead", "square lead"),
        1.9,
        0.4,
        pumping=True,
        electronic=True,
    ),
    "techno": Style(
        "dance",
        "techno",
        _bass("sub bass", "offbeat"),
        (Part("pluck", "repeated", 0.17, -0.15, 0.35), Part("pad", "held", 0.08, 0, 0.4, late=True)),
        ("stab",),
        1.8,
        0.3,
        five=True,
        pumping=True,
        electronic=True,
        lead_level=0.14,
    ),
    "americana": Style(
        "folk",
        "soft",
        _bass("upright bass", "root fifth"),
        (_STRUMMED, Part("clean guitar", "picked", 0.16, -0.35, 0.2, late=True)),
        ("voice", "fiddle", "lead guitar"),
        1.1,
        0.45,
        five=True,
    ),
    "indie folk": Style(
        "folk",
        "none",
        _bass("upright bass", "root fifth", 0.26),
        (_PICKED, Part("strings", "held", 0.09, 0.2, 0.35, late=True)),
        ("voice", "flute"),
        1.3,
        0.4,
    ),
    "nordic folk": Style(
        "folk",
        "stomp",
        _bass("drone", "held", 0.2),
        (Part("harp", "picked", 0.24, 0.2, 0.35), Part("accordion", "held", 0.11, -0.3, 0.3)),
        ("fiddle", "flute"),
        2.0,
        0.6,
    ),
    "boom bap": Style(
        "soul",
        "boom bap",
        _bass("finger bass", "syncopated", 0.36),
        (Part("piano", "charleston", 0.18, -0.15, 0.2), Part("strings", "held", 0.08, 0.2, 0.3, late=True)),
        ("vibraphone", "trumpet"),
        0.8,
        0.4,
        five=True,
    ),
    "lo-fi hip hop": Style(
        "soul",
        "boom bap",
        _bass("upright bass", "root fifth", 0.32),
        (Part("electric piano", "held", 0.22, -0.1, 0.3),),
        ("nylon", "vibraphone"),
        1.0,
        0.3,
        five=True,
    ),
    "trap": Style(
        "dance",
        "trap",
        _bass("sub bass", "root", 0.42),
        (Part("glass", "rolled", 0.16, 0.2, 0.4), Part("pad", "held", 0.1, 0, 0.4)),
        ("glockenspiel", "flute"),
        1.6,
        0.35,
        five=True,
        electronic=True,
    ),
    "bedroom pop": Style(
        "pop",
        "soft",
        _bass("finger bass", "root fifth"),
        (Part("clean guitar", "picked", 0.2, -0.3, 0.3), Part("pad", "held", 0.1, 0, 0.4)),
        ("voice", "square lead"),
        1.4,
        0.4,
    ),
    "dream pop": Style(
        "pop",
        "vast",
        _bass("finger bass", "eighths", 0.28),
        (Part("clean guitar", "rolled", 0.17, -0.4, 0.5), Part("bright pad", "held", 0.15, 0, 0.5)),
        ("voice", "lead guitar"),
        2.6,
        0.3,
    ),
    "jangle pop": Style(
        "pop",
        "rock",
        _bass("finger bass", "eighths", 0.28),
        (Part("steel", "rolled", 0.2, -0.35, 0.2), Part("clean guitar", "strummed", 0.13, 0.4, 0.2)),
        ("voice", "lead guitar"),
        1.0,
        0.55,
    ),
    "bebop": Style(
        "jazz",
        "swing",
        _bass("upright bass", "walking"),
        (Part("piano", "charleston", 0.17, -0.25, 0.2),),
        ("saxophone", "trumpet"),
        1.0,
        1.0,
    ),
    "nu jazz": Style(
        "jazz",
        "slow",
        _bass("finger bass", "syncopated"),
        (_RHODES, Part("pad", "held", 0.07, 0, 0.3, late=True)),
        ("saxophone", "trumpet", "flute"),
        1.2,
        0.6,
    ),
    "vocal jazz": Style(
        "jazz",
        "brushes",
        _bass("upright bass", "walking", 0.3),
        (Part("piano", "charleston", 0.19, -0.15, 0.25),),
        ("voice", "saxophone"),
        1.2,
        0.35,
    ),
    "bossa nova": Style(
        "latin",
        "bossa",
        _bass("upright bass", "root fifth"),
        (Part("nylon", "charleston", 0.26, -0.2, 0.2),),
        ("voice", "flute", "saxophone"),
        1.0,
        0.45,
    ),
    "cumbia": Style(
        "latin",
        "cumbia",
        _bass("finger bass", "root fifth"),
        (Part("accordion", "offbeat", 0.15, 0.25, 0.15), Part("nylon", "offbeat", 0.15, -0.3, 0.15)),
        ("accordion", "trumpet"),
        0.9,
        0.7,
    ),
    "reggaeton": Style(
        "latin",
        "dembow",
        _bass("sub bass", "root", 0.36),
        (Part("pluck", "rolled", 0.16, -0.2, 0.3), Part("pad", "held", 0.09, 0, 0.35, late=True)),
        ("voice", "flute"),
        1.2,
        0.6,
        five=True,
        electronic=True,
    ),
    "doom metal": Style(
        "metal", "doom", _bass("finger bass", "root", 0.34), _GUITARS, ("lead guitar", "voice"), 2.0, 0.1, drive=7.0
    ),
    "folk metal": Style(
        "metal", "driving", _bass("finger bass", "eighths", 0.26), _GUITARS, ("fiddle", "flute"), 1.3, 0.8, drive=4.5
    ),
    "progressive metal": Style(
        "metal",
        "metal",
        _bass("finger bass", "eighths", 0.26),
        (*_GUITARS, Part("pad", "held", 0.08, 0, 0.4, late=True)),
        ("lead guitar", "lead"),
        1.4,
        0.7,
        drive=5.0,
    ),
    "thrash metal": Style(
        "metal", "thrash", _bass("finger bass", "eighths", 0.26), _GUITARS, ("lead guitar",), 0.9, 0.6, drive=8.0
    ),
    "art pop": Style(
        "pop",
        "soft",
        _bass("finger bass", "syncopated"),
        (_PIANO_HELD, Part("strings", "held", 0.11, 0.15, 0.4, late=True)),
        ("voice", "flute"),
        1.7,
        0.4,
    ),
    "dance-pop": Style(
        "dance",
        "four",
        _bass("synth bass", "eighths", 0.3),
        (Part("stab", "charleston", 0.14, 0, 0.25), Part("pluck", "rolled", 0.14, 0.3, 0.25, late=True)),
        ("voice", "lead"),
        1.1,
        0.65,
        pumping=True,
        electronic=True,
    ),
    "synth-pop": Style(
        "pop",
        "disco",
        _bass("synth bass", "octaves", 0.3),
        (Part("bright pad", "held", 0.12, 0, 0.35), Part("pluck", "rolled", 0.15, -0.3, 0.25)),
        ("square lead", "voice"),
        1.4,
        0.5,
        electronic=True,
    ),
    "classic rock": Style(
        "rock",
        "rock",
        _bass("finger bass", "eighths", 0.3),
        (Part("string", "powered", 0.2, -0.6, 0.1), Part("organ", "held", 0.13, 0.4, 0.25)),
        ("voice", "lead guitar"),
        1.2,
        0.5,
        five=True,
        drive=2.6,
    ),
    "garage rock": Style(
        "rock",
        "driving",
        _bass("finger bass", "eighths", 0.3),
        (Part("string", "powered", 0.24, -0.4, 0.12), Part("organ", "offbeat", 0.11, 0.4, 0.2, late=True)),
        ("voice", "lead guitar"),
        0.7,
        0.6,
        five=True,
        drive=4.0,
    ),
    "post-rock": Style(
        "pop",
        "vast",
        _bass("finger bass", "root", 0.3),
        (Part("clean guitar", "rolled", 0.2, -0.4, 0.5), Part("string", "powered", 0.2, 0.4, 0.3, late=True)),
        ("lead guitar", "glockenspiel"),
        2.6,
        0.2,
        drive=2.5,
    ),
    "psychedelic rock": Style(
        "rock",
        "rock",
        _bass("finger bass", "octaves", 0.3),
        (Part("organ", "held", 0.15, 0.3, 0.4), Part("clean guitar", "rolled", 0.17, -0.4, 0.4)),
        ("lead guitar", "voice"),
        2.0,
        0.5,
        five=True,
    ),
    "funk": Style(
        "soul",
        "funk",
        _bass("finger bass", "syncopated", 0.38),
        (Part("clean guitar", "chopped", 0.16, 0.4, 0.12), Part("electric piano", "charleston", 0.15, -0.3, 0.15)),
        ("trumpet", "saxophone"),
        0.8,
        0.6,
        five=True,
    ),
    "neo soul": Style(
        "soul",
        "boom bap",
        _bass("finger bass", "syncopated"),
        (_RHODES, Part("pad", "held", 0.07, 0, 0.3, late=True)),
        ("voice", "flute"),
        1.1,
        0.35,
        five=True,
    ),
    "r&b": Style(
        "soul",
        "slow",
        _bass("sub bass", "syncopated"),
        (Part("electric piano", "held", 0.2, -0.1, 0.3), Part("pluck", "picked", 0.1, 0.3, 0.3, late=True)),
        ("voice",),
        1.5,
        0.4,
        five=True,
        electronic=True,
    ),
}
_OF_GENRE = {
    "ambient": "space ambient", "classical": "chamber", "electronic": "house", "folk": "indie folk", "hip hop": "boom bap",
    "indie": "bedroom pop", "jazz": "vocal jazz", "latin": "bossa nova", "metal": "progressive metal", "pop": "synth-pop",
    "rock": "classic rock", "soul": "neo soul",
}  # fmt: skip


def style_of(genre: str, subgenre: str) -> Style:
    """The style of a subgenre, else that of its genre, else of pop."""
    name = subgenre.lower() if subgenre.lower() in STYLES else _OF_GENRE.get(genre.lower(), "synth-pop")
    return STYLES[name]

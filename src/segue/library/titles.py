"""What a title says: the song, and which version of it; and the ids of things that are known by their names only."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Latin letters that are letters of their own, which Unicode does not take apart.
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"})
# Accents of Latin, Greek and Cyrillic. The marks of other scripts are vowels or consonants: those stay.
_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_ARTICLE_LAST = re.compile(r"^(.+), the$")
_AND = re.compile("[&+]")
_SPECIAL = re.compile("['’‘ʼ`´&+!$]|, the$")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_NOT_ASCII_WORD = re.compile("[^a-z0-9]+")
# Letters in disguise: P!nk, Ke$ha, A$AP.
_DISGUISED_I = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_])")
_DISGUISED_S = re.compile(r"(?<=[^\W\d_])\$|\$(?=[^\W\d_])")
# Longer than any title people gave; whatever else is that long is not worth taking apart.
_LONGEST = 500


def normalise(text: str) -> str:
    """The text as compared: no case, accents, punctuation, leading "the" or doubled spaces; "&" reads "and".

    Letters of every script stay. Text of nothing but punctuation ("!!!") stays as it is. Idempotent.
    """
    folded = " ".join((text.lower() if text.isascii() else _fold(text)).split())
    if folded.isalnum():
        return folded
    if _SPECIAL.search(folded):
        bare = _DISGUISED_S.sub("s", _DISGUISED_I.sub("i", _APOSTROPHES.sub("", _ARTICLE_LAST.sub(r"\1", folded))))
        words = _words(_AND.sub(" and ", bare))
    else:
        words = _words(folded)
    while len(words) > 1 and words[0] == "the":
        del words[0]
    if not words or words == ["and"]:
        words = _UNSEEN.sub(" ", folded).split()
    return " ".join(words)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = _APOSTROPHES.sub("", _ACCENTS.sub("", folded)).translate(_LETTERS)
    return unicodedata.normalize("NFC", folded)


def _words(text: str) -> list[str]:
    if text.isascii():
        return _NOT_ASCII_WORD.sub(" ", text).split()
    return "".join(
        letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in text
    ).split()


def slug(text: str) -> str:
    """The text as part of an id: normalised, with hyphens for spaces."""
    return normalise(text).replace(" ", "-")


def text_id(kind: str, artist: str | None, title: str | None = None) -> str:
    """The id of something known by its names only: `artist:portishead`, `track:portishead/glory-box`.

    Every source that knows no better uses it, so that they agree with each other.
    """
    parts = [slug(part) for part in (artist or "", title) if part is not None]
    return f"{kind}:{'/'.join(parts)}"


def work_id(artist: str | None, title: str) -> str:
    """The id that all versions of one song by one artist share."""
    return text_id("work", artist, parse_title(title).core)


class ParsedTitle(NamedTuple):
    """A title taken apart.

    `core` names the song. `kind` is one of `TRACK_KINDS`. `featured` are the guests it names. `version` is what it says
    of the version, as written. `recording` is what of that makes it another recording (live, remix, acoustic, radio
    edit), normalised: a remaster, a mono mix or a deluxe edition is the same recording, and has "".
    """

    core: str
    kind: str = "original"
    featured: tuple[str, ...] = ()
    version: str | None = None
    recording: str = ""


def parse_title(title: str) -> ParsedTitle:
    """Take a title apart: "Song (feat. X) - Live / 2011 Remaster" is Song, live, with X.

    Only what stands in brackets at the end, or after " - ", is taken for a version, and only where it reads like one:
    "Live Forever", "Remix to Ignition" and "Dancing (With Myself)" are whole titles.
    """
    core = " ".join(title.split())
    if len(core) > _LONGEST or not _PERHAPS.search(core):
        return ParsedTitle(core)
    guests: list[str] = []
    versions: list[str] = []
    kinds: list[str] = []
    recordings: list[str] = []
    while (split := _split_tail(core)) is not None:
        rest, tail = split
        names = _guests(tail)
        if names:
            guests = names + guests
        else:
            found = _versions(tail, after_version=bool(versions))
            if not found:
                break
            versions.insert(0, tail)
            kinds += [kind for kind, _ in found]
            recordings += [recording for _, recording in found if recording]
        core = rest
    if match := _UNBRACKETED_GUEST.search(core):
        guests = _names(match["names"]) + guests
        core = core[: match.start()].rstrip()
    kind = next((kind for kind in ("live", "remix", "cover", "remaster") if kind in kinds), "original")
    return ParsedTitle(core, kind, tuple(guests), "; ".join(versions) or None, " ".join(sorted(recordings)))


# -- tails -------------------------------------------------------------------------------------------------------

_BRACKETS = {")": "(", "]": "[", "）": "（", "】": "【"}
_PERHAPS = re.compile(r"[)\]）】]$|\s[-–—]\s|\s(?:feat|ft)", re.IGNORECASE)
_DASH = re.compile(r"\s[-–—]\s")


def _split_tail(title: str) -> tuple[str, str] | None:
    """A title and its last bracket, or what follows its last dash; None where there is neither, or nothing before."""
    opening = _BRACKETS.get(title[-1:])
    if opening is not None:
        depth = 0
        for place in range(len(title) - 1, -1, -1):
            depth += (title[place] == title[-1]) - (title[place] == opening)
            if depth == 0:
                break
        rest, tail = title[:place].rstrip(" -–—"), title[place + 1 : -1].strip()
        return (rest, tail) if depth == 0 and rest and tail else None
    last = max(_DASH.finditer(title), key=re.Match.start, default=None)
    if last is None or not title[: last.start()].strip():
        return None
    return title[: last.start()].rstrip(), title[last.end() :].strip()


# -- guests ------------------------------------------------------------------------------------------------------

_GUEST = re.compile(r"^(?:(?P<feat>feat\b\.?|ft\b\.?|featuring\b)|(?P<with>with\b|w/))\s*(?P<names>.+)$", re.IGNORECASE)
_UNBRACKETED_GUEST = re.compile(r"(?<=\S)\s+(?:feat\.|ft\.|featuring|feat|ft)\s+(?P<names>[^()\[\]]+)$", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*(?:,(?!\s+the\s+creator)|&|;|/|\band\b)\s*", re.IGNORECASE)
# What follows "with" in a title ("Dancing With Myself") where it is not a guest.
_NOT_NAMES = {
    "a", "all", "an", "everybody", "everyone", "her", "him", "his", "it", "its", "love", "me", "my", "myself", "no",
    "nobody", "or", "our", "somebody", "someone", "that", "their", "them", "these", "this", "u", "us", "you", "your",
    "yourself",
}  # fmt: skip


def _guests(tail: str) -> list[str]:
    match = _GUEST.match(tail)
    if match is None:
        return []
    first = match["names"].split()[0]
    if match["with"] and first.lower().strip(".,!?") in _NOT_NAMES:
        return []
    # "With The Lights Out" is a title; people write guests as "with The Lights".
    if match["with"] and match["with"][0] == "W" and first == "The":
        return []
    return _names(match["names"])


def _names(text: str) -> list[str]:
    return [name for name in _BETWEEN_NAMES.split(text.strip()) if name]


# -- versions ----------------------------------------------------------------------------------------------------

# Each kind with the tails (normalised) that say so; the first that fits counts. `same` says that it is the recording of
# the plain title. Words before a bare "mix", "edit", "cover" are bounded, so that phrases do not pass for versions.
_YEAR = r"(?:19|20)\d\d"
_VERSIONS: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("remaster", True, (
        r"(?:\S+ ){0,4}(?:digital(?:ly)? )?re ?master\w*(?: \S+){0,4}",
        rf"{_YEAR} (?:stereo |mono )?mix",
    )),
    ("original", True, (
        (r"(?:(?:original|stereo|mono|full|album|lp|deluxe|explicit|clean|uncensored|standard) )+"
        r"(?:version|mix|edit|edition|recording)"),
        r"mono|stereo|deluxe|explicit|clean|original",
        (rf"(?:super |{_YEAR} )?(?:deluxe|expanded|special|limited|collectors?|legacy|(?:\S+ )?anniversary|bonus)"
        r"(?: \S+){0,2} (?:edition|version)"),
        r"bonus(?: track(?: version)?)?",
        r"(?:\S+ ){0,2}from .*\b(?:soundtrack|motion picture|film|movie|series|musical|ost)\b.*",
        r"(?:original )?(?:motion picture )?soundtrack",
        r"from the (?:album|ep) .*",
        r"prod(?:uced)?(?: by)? .*",
    )),
    ("live", False, (
        r"(?:(?:recorded|acoustic|unplugged|solo|studio|\d{4}) )?live",
        r"live (?:at|from|in|on|for|with|a|au|aus|bei|en|im|\d\S*)\b.*",
        (r"(?:\S+ )?live (?:version|sessions?|acoustic|recording|performance|edit|bootleg|mix|video|piano|solo|"
        r"unplugged|bonus|take|concert|lounge)\b.*"),
        r"(?:mtv )?unplugged(?: .*)?",
        r"(?:en vivo|ao vivo|en directo|dal vivo|en concert|in concert|en public)(?: .*)?",
        r"recorded (?:live )?(?:at|in) .*",
        r"(?:\S+ ){0,4}sessions?(?: version)?",
        r"ライブ",
    )),
    ("original", False, (
        r"(?:radio|single|video|short|extended|tv) (?:edit|mix|version|cut)",
        r"extended|edit|mix",
    )),
    ("cover", False, (
        r"cover(?: version)?|cover of .*",
        r"(?:(?!under|take|for|and|duck|to|my|the|deep|no|blow)\S+ ){1,4}cover(?: version)?",
        r"(?:originally|as) (?:performed|recorded|made famous|made popular)(?: by .*)?",
        r"(?:originally|made famous|made popular) by .*",
        r"in the style of .*|(?:a )?tribute to .*|karaoke(?: .*)?",
    )),
    ("remix", False, (
        (r"(?!in )(?:\S+ ){0,6}(?:remix(?:es|ed)?|rmx|re ?edit|rework(?:ed)?|bootleg|mash ?up|refix|vip)"
        r"(?: (?:edit|version|extended|radio edit|\d{2,4}))?"),
        r"remix(?:ed)? (?:by|feat|ft) .*",
        r"(?!in |the mix)(?:\S+ ){1,6}(?:mix|edit|flip|dub)(?: (?:edit|version|\d{4}))?",
    )),
    ("original", False, (
        (r"(?:\S+ )?(?:acoustic|stripped|a ?cap+el+a|instrumental|demo|orchestral|symphonic|nightcore|slowed|sped up|"
        r"piano|rehearsal)(?: (?:version|mix|take|edit|recording|demo|and reverb|reverb|\d{4}))?"),
        r"(?:alternate|alternative|early|first|rough) (?:take|version|mix|demo)(?: \d+)?|take \d+|8 ?d audio",
        r"(?:\S+ ){1,4}version|version (?!of )\S+",
    )),
)  # fmt: skip
_PATTERNS = [(kind, same, re.compile(f"(?:{'|'.join(patterns)})$")) for kind, same, patterns in _VERSIONS]
_REMASTER_WORDS = re.compile(rf"\s*(?:{_YEAR} )?\b(?:digital )?re ?master\w*(?: version)?(?: {_YEAR})?")
_QUOTED_SOURCE = re.compile("^from [\"'“‘«].+", re.IGNORECASE)


def _versions(tail: str, *, after_version: bool) -> list[tuple[str, str]]:
    """The (kind, recording) of each part of a tail ("Live / 2011 Remaster"); [] unless all of it reads so."""
    if _QUOTED_SOURCE.match(tail):
        return [("original", "")]
    found: list[tuple[str, str]] = []
    parts = [normalise(part) for part in re.split(r"\s*[/;]\s*", tail) if part]
    for words in parts:
        # "Remaster / 2011", "2011 - Remaster": a year alone means something only beside a version.
        if (after_version or found) and re.fullmatch(_YEAR, words):
            continue
        version = _version(words)
        if version is None:
            return []
        found.append(version)
    return found or ([("original", "")] if after_version else [])


def _version(words: str) -> tuple[str, str] | None:
    # "Live at Leeds 2010 Remaster" is the live recording.
    bare = _REMASTER_WORDS.sub("", words).strip()
    for text in (bare, words) if bare and bare != words else (words,):
        for kind, same, pattern in _PATTERNS:
            if pattern.match(text):
                return kind, "" if same else text
    return None

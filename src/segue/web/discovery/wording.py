"""Reasons, and what mixes say of themselves, in the language of who reads: the engine writes English sentences of known forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.formats import get_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from segue.engine.request import Reason
from segue.mixes.base import Mix

_WHEN = (
    _("at night"), _("in the morning"), _("before noon"), _("in the afternoon"), _("in the evening"), _("late in the evening"),
)  # fmt: skip
_SOUNDS = (
    _("calm"), _("energetic"), _("dark"), _("happy"), _("slow"), _("fast"), _("acoustic"), _("instrumental"),
    _("danceable"), _("spoken"), _("live"),
)  # fmt: skip

# Of two forms that fit one sentence, the first counts. `names` are listed, `said` is a sentence within a sentence.
REASONS = (
    _("because of %(names)s"),
    _("because you played %(names)s"),
    _("because you like %(names)s"),
    _("because you looked for %(names)s"),
    _("sounds like %(name)s: %(sounds)s"),
    _("sounds like %(name)s"),
    _("%(n)s listeners with your taste play this"),
    _("new from %(name)s, whom you play, out since %(day)s %(month)s"),
    _("new from %(name)s, out since %(day)s %(month)s"),
    _("new from %(name)s, whom you play"),
    _("new from %(name)s"),
    _("something different, to find out whether you like it"),
    _("among the most played by listeners aged %(age)s"),
    _("among the most played by listeners with your taste"),
    _("among the most played these days"),
    _("among the most played of what fits"),
    _("among the most played in %(name)s"),
    _("among the most played"),
    _("nobody has played it yet, and little else fits"),
    _("%(lift)s times as popular in %(country)s as elsewhere"),
    _("%(lift)s times as popular at %(age)s as elsewhere"),
    _("%(lift)s times as popular among listeners with your taste as elsewhere"),
    _("for both of you: new to you both"),
    _("for both of you: you both play %(name)s"),
    _("for both of you: you play %(name)s, they play %(other)s"),
    _("for both of you: you play %(name)s"),
    _("for both of you: they play %(name)s"),
    _("by one of the less known half of artists"),
    _("you like it and played it %(times)s, last in %(month)s"),
    _("you like it and played it %(times)s, in %(month)s"),
    _("you like it and played it %(times)s"),
    _("you like it"),
    _("it is on a playlist of yours"),
    _("you played it %(times)s, last in %(month)s"),
    _("you played it %(times)s, in %(month)s"),
    _("you played it %(times)s in the last %(days)s days"),
    _("you played it %(times)s %(when)s"),
    _("you played it %(times)s"),
    _("%(share)s like %(name)s: %(sounds)s"),
    _("%(share)s like %(name)s"),
    _("much like %(name)s, which you know"),
    _("much like %(name)s in sound and in who listens"),
    _("somewhat like %(name)s in sound and in who listens"),
    _("played by the listeners of %(name)s"),
    _("worked with %(name)s on %(n)s tracks"),
    _("worked with %(name)s on a track"),
    _("near to %(name)s, which you liked here"),
    _("near to %(name)s"),
    _("the station %(name)s grew from it"),
    _("nothing nearer to %(name)s may come just now, so this is a little further afield"),
    _("nothing near to %(name)s may come just now, so this is further afield"),
    _("all that is left for now is by artists that were played just before"),
    _("everything there is was played in the last three hours, so this comes again"),
    _("listeners of %(names)s play it, too"),
    _("has to do with %(name)s: they worked together, share listeners, or are said to be similar"),
    _("%(said)s, says %(source)s"),
    _("a member of %(name)s"),
    _("works with %(name)s"),
    _("said to be similar to %(name)s"),
    _("has to do with %(name)s"),
    _("if you like %(names)s"),
    _("%(name)s is close to %(other)s, whom you play"),
    _("%(name)s is a member"),
)
SENTENCES = (
    _("For both of you, whose tastes match by %(match)s%%: %(names)s."),
    _("For both of you, whose tastes match by %(match)s%%."),
    _("What you play, and new tracks that go with it: %(names)s."),
    _("What you play, and new tracks that go with it."),
    _("New to you, from all that you like: %(names)s."),
    _("New to you, from all that you like."),
    _("Little-known artists that go with what you play: %(names)s."),
    _("Little-known artists that go with what you play."),
    _("What you played most in the last %(days)s days: %(names)s."),
    _("What you played most in the last %(days)s days."),
    _("Out in the last four weeks: %(names)s."),
    _("Out in the last four weeks."),
    _("You loved these, and have not heard them for long: %(names)s."),
    _("You loved these, and have not heard them for long."),
    _("What you play %(when)s, and new tracks that go with it: %(names)s."),
    _("What you play %(when)s, and new tracks that go with it."),
    _("What suits you %(when)s, and new tracks that go with it: %(names)s."),
    _("What suits you %(when)s, and new tracks that go with it."),
    _("What listeners in %(country)s play these days."),
    _("What listeners in %(country)s play."),
    _("What listeners aged %(age)s play these days."),
    _("What listeners aged %(age)s play."),
    _("What listeners with a taste like yours play these days."),
    _("What listeners with a taste like yours play."),
    _("What is played most these days."),
    _("What is played most."),
)
TITLES = (
    _("Discover Weekly"), _("Daily Mix %(n)s: %(names)s"), _("Daily Mix %(n)s"), _("Hidden Gems"), _("Release Radar"),
    _("On Repeat"), _("Rewind"), _("Blend"), _("Your time of day"), _("Your night"), _("Your morning"), _("Your midday"),
    _("Your afternoon"), _("Your evening"), _("Your late evening"), _("Trending in your taste"), _("Trending in %(country)s"),
    _("Trending among %(age)s"), _("Trending"),
)  # fmt: skip
PROBLEMS = (
    _("%(name)s says nothing of music here: say how it should sound (calm, happy, fast, for sleep) or what it is (%(examples)s)"),
    _("no genre %(name)s here: did you mean %(examples)s?"),
    _("no genre %(name)s here: there are %(examples)s"),
    _("nothing here is tagged %(name)s: did you mean %(examples)s?"),
    _("nothing here is tagged %(name)s: there are %(examples)s"),
    _("%(name)s: not a format Segue knows. It reads: %(examples)s."),
    _("%(name)s: cannot be unpacked: %(examples)s"),
    _("This was tried %(n)s times; %(why)s. What was done until then stays, and nothing is done twice if you begin again. "
      "Whoever runs the service finds more in its log under %(job)s."),
    _("the last time, the database could not be reached, or did not answer in time"),
    _("the last time, there was not enough memory for it"),
    _("the last time, there was no room left on the disk of the service"),
    _("the last time, a file of the service could not be read or written"),
    _("the last time, there was an error in Segue itself"),
    _("each time the process that did it died, perhaps of too little memory"),
)  # fmt: skip
"""What went wrong, as stations and imports say it."""
_WITH_AND = ("drum and bass", "rock and roll", "rhythm and blues", "country and western")
"""Genres that are called so: no lists."""
_WHAT_YOU_PLAYED = _("what you played")


@dataclass(frozen=True)
class Form:
    """A sentence with gaps, as it stands in the catalogue of texts, and how it is recognised."""

    text: str
    known_by: re.Pattern[str]


def told(reason: Reason) -> str:
    """A reason in the language of who reads; one of no known form as it is."""
    return in_language(reason.text, names=(name for one in reason.because for name in (*one.artists, one.title)))


def told_mix(mix: Mix) -> Mix:
    """A mix that says what it is in the language of who reads, on its cover as well."""
    if _is_english():
        return mix
    artists = [name for track in mix.tracks for name in track.artists]
    title = title_in_language(mix.title, artists)
    on_cover = title if mix.cover.words == mix.title else title_in_language(mix.cover.words, artists)
    sentence = in_language(mix.sentence, SENTENCES, artists)
    return replace(mix, title=title, sentence=sentence, cover=replace(mix.cover, words=on_cover))


def title_in_language(title: str, names: Iterable[str] = ()) -> str:
    """The title of a mix in the language of who reads."""
    return in_language(title, TITLES, names)


def in_language(text: str, forms: Sequence[str] = REASONS, names: Iterable[str] = ()) -> str:
    """A sentence of one of these forms in the language of who reads, any other as it is.

    `names` may stand in it: an "and" within them belongs to them.
    """
    if _is_english() or (form := form_of(text, forms)) is None:
        return text
    found = form.known_by.fullmatch(text)
    assert found is not None
    known = [name for name in {*names, *_WITH_AND} if " and " in name]
    parts = {name: _part(name, said, forms, known) for name, said in found.groupdict().items()}
    return gettext(form.text) % parts


def listed(names: Sequence[str]) -> str:
    """Names as people list them: "A, B and C"."""
    *others, last = names
    return gettext("%(names)s and %(last)s") % {"names": ", ".join(others), "last": last} if others else last


def form_of(text: str, forms: Sequence[str] = REASONS) -> Form | None:
    """The form of a sentence; None where none fits."""
    return next((form for form in map(_FORMS.__getitem__, forms) if form.known_by.fullmatch(text)), None)


def _is_english() -> bool:
    return (get_language() or "en").partition("-")[0] == "en"


# -- what stands in the gaps ---------------------------------------------------------------------------------------------

_GAP = re.compile(r"%\((\w+)\)s|%%")
_FITS = {
    "n": r"[\d,]+", "times": r"once|twice|[\d,]+ times", "day": r"\d+", "days": r"\d+", "match": r"\d+", "lift": r"[\d.]+",
    "month": r"[A-Z][a-z]+ \d{4}", "share": r"\d+%", "when": "|".join(_WHEN), "age": r"[\w+–-]+", "country": r"[A-Z]{2}",
    "said": r"a member of .+|.+ is a member|works with .+|said to be similar to .+|has to do with .+",
}  # fmt: skip


def _compiled(text: str) -> Form:
    """The form of a text of the catalogue."""
    gaps = _GAP.split(text)[1::2]
    fixed = _GAP.split(text)[::2]
    fits = ["%" if gap is None else f"(?P<{gap}>{_FITS.get(gap, '.+')})" for gap in gaps]
    pattern = "".join(re.escape(part) + fit for part, fit in zip(fixed, [*fits, ""], strict=True))
    return Form(text, re.compile(pattern, re.DOTALL))


def _part(name: str, said: str, forms: Sequence[str], known: Sequence[str]) -> str:
    if name in {"said", "why"}:
        return in_language(said, forms, known)
    if name == "names":
        return _listed(said, known)
    return _TURNED[name](said) if name in _TURNED else said


def _listed(text: str, known: Sequence[str]) -> str:
    """A list of names, "A, B and C" or "A, B and more": only its last "and" is none of a name's."""
    for name in known:
        text = text.replace(name, name.replace(" and ", " \0 "))
    first, joined, last = text.rpartition(" and ")
    if joined:
        text = (gettext("%(names)s and more") if last == "more" else gettext("%(names)s and %(last)s")) % {
            "names": first, "last": last,
        }  # fmt: skip
    return text.replace(" \0 ", " and ")


def _times(said: str) -> str:
    if said in {"once", "twice"}:
        return {"once": gettext("once"), "twice": gettext("twice")}[said]
    return gettext("%(n)s times") % {"n": _number(said.removesuffix(" times"))}


def _number(said: str) -> str:
    marks = {",": str(get_format("THOUSAND_SEPARATOR")), ".": str(get_format("DECIMAL_SEPARATOR"))}
    return "".join(marks.get(sign, sign) for sign in said)


def _month(said: str) -> str:
    """A month as Django calls it."""
    month, year = said.split(" ")
    return f"{gettext(month)} {year}"


def _sounds(said: str) -> str:
    """Words for how it sounds; genres among them stay."""
    return ", ".join(gettext(word) if word in _SOUNDS else word for word in said.split(", "))


_TURNED: Mapping[str, Callable[[str], str]] = {
    "n": _number, "lift": _number, "times": _times, "month": _month, "sounds": _sounds, "when": gettext,
    "examples": lambda said: said.replace(" or ", " " + gettext("or") + " "),
    "name": lambda said: gettext(said) if said == _WHAT_YOU_PLAYED else said,
}  # fmt: skip
_FORMS = {text: _compiled(text) for text in (*REASONS, *SENTENCES, *TITLES, *PROBLEMS)}

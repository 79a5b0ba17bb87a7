"""Pictures of what is shared: text of any kind fits, and stays text."""

import xml.etree.ElementTree as ET

import pytest

from segue.web.covers.recipes import of_music
from segue.web.sharing import pictures
from segue.web.sharing.contents import Contents, Line
from segue.web.sharing.fonts import png, writable
from segue.web.sharing.lettering import fitted, lines, shortened, width
from segue.web.sharing.radar import radar

LONG = "Sehnsuchtsdampfschifffahrtskapellmeisterorchester of the Northern Provinces فرقة الليل 🎷"
FEATURES = (("energy", 0.7), ("valence", 0.2), ("tempo", 0.5))


def _code(key):
    return of_music("track", key).code()


def _lines(n, title="A <title> & more"):
    return tuple(Line(title, "Somebody", _code(str(place))) for place in range(n))


ALL = {
    "empty": Contents("playlist", "", "", _code("0")),
    "long": Contents("playlist", LONG, LONG, _code("1"), _lines(3, LONG)),
    "nasty": Contents("mix", '</text><script>"&\u0001\ud800', "<b>", _code("2"), _lines(12)),
    "script": Contents("playlist", "夜の歌", "ليلى", _code("3"), _lines(9, "أغاني الليل")),
    "emoji": Contents("playlist", "👩‍👩‍👧‍👦🎷" * 30, "🎷", _code("4"), _lines(4)),
    "taste": Contents("taste", "Anna’s taste", "Anna", _code("5"), artists=((LONG, _code("6")),) * 8,
                      genres=(("trip hop", 50),), features=FEATURES),
    "little": Contents("taste", "A taste in music", "", _code("7"), features=FEATURES[:2]),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("compose", "size"), [(pictures.card, (1200, 630)), (pictures.story, (1080, 1920))])
def test_it_is_a_drawing_whose_text_stays_within(name, compose, size):
    drawing = ET.fromstring(compose(ALL[name]))  # noqa: S314 - it is ours
    assert (int(drawing.get("width")), int(drawing.get("height"))) == size
    texts = [one for one in drawing.iter("{http://www.w3.org/2000/svg}text") if one.text]
    for text in texts:
        x, long = float(text.get("x")), float(text.get("font-size"))
        bold = text.get("font-weight") == "700"
        if text.get("text-anchor") == "start" and x > 0:
            assert x + width(text.text, long, bold=bold) <= size[0] - 20, text.text
    assert not list(drawing.iter("{http://www.w3.org/2000/svg}script"))


def test_it_can_be_drawn():
    picture = png(pictures.card(ALL["nasty"]))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"


def test_lines_break_between_words_and_end_in_an_ellipsis():
    assert lines("one two three", 100, 400, 3, bold=True) == ["one two", "three"]
    assert lines("one two three", 100, 400, 1, bold=True)[0].endswith("…")
    assert all(width(line, 40, bold=True) <= 300 for line in lines(LONG, 40, 300, 9, bold=True))
    assert shortened("short", 20, 400) == "short"
    assert shortened("أغاني الليل الطويل", 40, 120).endswith("…\u200f"), "it ends on the left"
    assert fitted("Rain", (90, 40), 400, 2) == (90, ["Rain"])
    assert fitted(LONG, (90, 40), 400, 2)[0] == 40
    assert lines("", 40, 300, 2) == []


def test_widths_are_those_of_the_font():
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    from segue.web.sharing.fonts import _files  # noqa: PLC0415

    regular, _semibold, bold = (TTFont(file) for file in _files())
    for text in ("Discover Weekly", "Jóga, Ólafur", "made with Segue 0123"):
        for font, is_bold in ((regular, False), (bold, True)):
            named, widths = font.getBestCmap(), font["hmtx"]
            assert width(text, 1000, bold=is_bold) == sum(widths[named[ord(one)]][0] for one in text)


def test_letters_that_no_font_has_are_left_out():
    assert writable("plain\U000f1234 text") == "plain text"
    assert writable("Ελλάδα Москва Ágætis") == "Ελλάδα Москва Ágætis"


def test_a_figure_of_what_is_known():
    found = radar((("energy", 1.0), ("danceability", 0.5), ("valence", 0.0), ("tempo", 0.5)))
    assert found.dots[0] == (0.0, -100.0)
    assert found.dots[1] == (50.0, 0.0)
    assert [axis.percent for axis in found.axes] == [100, 50, 0, 50]
    assert [axis.anchor for axis in found.axes] == ["middle", "start", "middle", "end"]
    assert radar((("energy", 1.0),)) is None

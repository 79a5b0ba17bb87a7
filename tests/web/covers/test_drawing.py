import re
import xml.etree.ElementTree as ET
from collections import Counter
from random import Random

import pytest
import resvg_py

from segue.mixes.base import Cover
from segue.web.covers.drawing import svg
from segue.web.covers.recipes import KINDS, PATTERNS, Recipe, of_mix, of_music

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"rect", "circle", "path", "g", "svg", "defs", "linearGradient", "stop", "filter"}


def recipes(kind, count, chance=None):
    chance = chance or Random(7)  # noqa: S311
    ends = (0.0, 1.0, 0.5)
    return [
        Recipe(
            kind, chance.getrandbits(32), *(chance.choice((chance.random(), *ends)) for _ in range(4)),
            chance.randrange(12), chance.randrange(360),
        )
        for _ in range(count)
    ]  # fmt: skip


def without_ids(picture):
    return re.sub(r"c[-\w]{16}([a-z])", r"\1", picture)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cover_is_small_well_formed_and_of_shapes_alone(kind):
    known, largest = Counter(), 0
    for recipe in recipes(kind, 500):
        picture = svg(recipe)
        tree = ET.fromstring(picture)  # noqa: S314 - our own
        names = {element.tag.removeprefix(SVG) for element in tree.iter()}
        assert {name for name in names if not name.startswith("fe")} <= SHAPES
        assert not any("style" in element.attrib or "href" in element.attrib for element in tree.iter())
        assert "nan" not in picture
        assert set(re.findall(r"url\(#([^)]+)\)", picture)) <= {one.get("id") for one in tree.iter()}
        known.update(one.get("id") for one in tree.iter() if one.get("id"))
        largest = max(largest, len(picture.encode()))
    assert largest < 3000
    assert set(known.values()) == {1}, "names that would collide in one page"


@pytest.mark.parametrize("kind", KINDS)
def test_every_seed_draws_another_picture(kind):
    same = {"tempo": 0.4, "energy": 0.6, "valence": 0.5, "acousticness": 0.2, "key": 3, "hue": 20}
    drawn = Counter(
        without_ids(svg(Recipe(kind, seed * 1_000_003 % 2**32, **same), clean=True)) for seed in range(3000)
    )
    assert drawn.most_common(1)[0][1] == 1


def test_neighbours_on_a_shelf_differ_when_they_are_small():
    pictures = [
        svg(of_music("track", f"track {n}", {"energy": 0.6, "valence": 0.4}, ["folk"]), clean=True) for n in range(120)
    ]
    assert (
        len({resvg_py.svg_to_bytes(svg_string=one, width=44, height=44, skip_system_fonts=True) for one in pictures})
        == 120
    )


def test_the_same_recipe_draws_the_same_and_its_code_is_enough():
    for recipe in recipes("track", 50):
        assert svg(recipe) == svg(recipe) == svg(Recipe.parse(recipe.code()))
    loud = of_music("track", "x", {"tempo": 999.0, "energy": 7.0, "valence": -3.0})
    assert svg(loud) == svg(Recipe.parse(loud.code()))


def test_the_music_shows():
    calm, loud = (
        sum(contrast_within(svg(Recipe("track", seed, energy=energy))) for seed in range(100)) for energy in (0, 1)
    )
    assert loud > 1.25 * calm
    slow, fast = (sum(strokes(svg(Recipe("track", seed, tempo=tempo))) for seed in range(200)) for tempo in (0, 1))
    assert fast > 1.5 * slow
    crisp, soft = (svg(Recipe("track", 3, acousticness=acousticness)) for acousticness in (0.0, 1.0))
    assert "feDisplacementMap" in soft
    assert "feDisplacementMap" not in crisp
    straight, turned = (svg(Recipe("track", 3, key=key), clean=True) for key in (0, 4))
    assert straight != turned


def test_a_title_can_be_read_on_every_mix():
    for recipe in recipes("mix", 1500):
        calm = re.search(r'<stop offset="\.72" stop-color="(#\w{6})"/>', svg(recipe, clean=True))
        assert ratio(calm[1], "#fffdf9") > 4.5
        assert ratio(calm[1], "#12100e") > 1.3, "seen on the dark ground"


def test_a_mix_is_drawn_in_its_own_pattern():
    keys = {of_mix(Cover(pattern, 10, 0.5, 0.5, seed, "x")).key // 2 for pattern in PATTERNS for seed in (4, 5)}
    assert keys == set(range(len(PATTERNS)))
    assert of_mix(Cover("of tomorrow", 10, 0.5, 0.5, 2**40 + 7, "x")).seed == 7


def test_what_is_not_known_of_the_music_is_left_to_chance():
    bare = [of_music("artist", f"artist {n}") for n in range(300)]
    assert len({round(one.tempo, 1) for one in bare}) >= 8
    assert of_music("artist", "a", {"tempo": None, "key": None}) == of_music("artist", "a")
    assert {one.key for one in bare} == set(range(12))


@pytest.mark.parametrize(
    "code", ["", "A" * 15, "A" * 17, "é" * 16, "!" * 16, "!!!!" + "A" * 12, "_" * 16, "AAAA\0AAAAAAAAAAA"]
)
def test_what_is_no_code_is_refused(code):
    with pytest.raises(ValueError):  # noqa: PT011 - base64 says it in words of its own
        Recipe.parse(code)


def contrast_within(picture):
    shades = [luminance(colour) for colour in re.findall(r"#\w{6}", picture)]
    return (max(shades) + 0.05) / (min(shades) + 0.05)


def strokes(picture):
    return len(re.findall(r"-?\d+", picture[picture.index("</defs>") :]))


def ratio(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

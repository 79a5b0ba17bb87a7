"""The explored page in a real browser: narrow and wide, light and dark, with names of every kind."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from segue.demo import world
from segue.exploring import explore
from segue.exploring.page import as_html
from tests.effort import EFFORT

NAMES = (
    "<script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    "@accent & “quotes” &lt;b&gt;",
    "فرقة الليل الطويل",
    "להקת הלילה",
    "🎷🎺 Ensemble 👩‍👩‍👧",
    "A name that goes on for very much longer than any line on a small screen can be expected to hold at once",
)
SIZES = [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]
VISIBLE = "[...document.querySelectorAll('.chart')]"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    library = world(seed=2, scale=0.12)
    plays = library.listens.join(
        library.tracks.select(pl.col("track_id").cast(pl.Categorical()), artist=pl.col("artist_ids").list.first()),
        on="track_id",
    )
    top = plays.group_by("artist").len().sort("len", "artist", descending=[True, False])["artist"].head(len(NAMES))
    renamed = library.artists["artist_id"].replace_strict(
        dict(zip(top, NAMES, strict=True)), default=library.artists["name"]
    )
    library = replace(library, artists=library.artists.with_columns(name=renamed))
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(as_html(explore(library, name="<i>demo</i>", now=datetime(2026, 1, 1, tzinfo=UTC))))
    return file


@pytest.fixture(scope="module", params=SIZES if EFFORT >= 1 else SIZES[1:3], ids=str)
def page(request, browser, page_file):
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        has_touch=width < 500,
        is_mobile=width < 500,
        reduced_motion="reduce",  # a smooth scroll is still under way when a test taps
    )
    page = context.new_page()
    page.set_default_timeout(60_000)  # many charts are drawn, and the machine may have much else to do
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(page_file.as_uri())
    yield page
    context.close()


def press(page, selector):
    """A finger on a phone, a mouse elsewhere."""
    target = page.locator(selector)
    target.tap() if page.viewport_size["width"] < 500 else target.click()


def test_charts_are_drawn_nothing_overflows_and_nothing_is_fetched(page, page_file):
    for chart in page.query_selector_all(".chart"):
        chart.scroll_into_view_if_needed()
    page.wait_for_function(f"{VISIBLE}.every(chart => chart.querySelector('.main-svg'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    wider = f"{VISIBLE}.filter(chart => chart.scrollWidth > chart.parentElement.clientWidth + 1).length"
    assert page.evaluate(wider) == 0
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("data:", "blob:"))] == [page_file.as_uri()]


def test_names_are_shown_as_they_are(page):
    assert page.evaluate("window.broken") is None
    assert page.inner_text("h1") == "<i>demo</i>"
    page.locator("#top-artists").scroll_into_view_if_needed()
    page.wait_for_selector("#top-artists .annotation-text")
    shown = page.locator("#top-artists .annotation-text").all_text_contents()
    for name in NAMES[:6]:
        # Some characters of a long name may be left off on a narrow screen.
        assert any(text == name or (text.endswith("…") and name.startswith(text[:-1])) for text in shown), (name, shown)
    press(page, "#top-artists summary")
    cells = page.locator("#top-artists td").all_text_contents()
    assert set(NAMES) <= set(cells)


def test_the_theme_is_followed(page):
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(18, 16, 14)" if dark else "rgb(250, 247, 242)"
    )
    page.locator("#lorenz").scroll_into_view_if_needed()
    page.wait_for_selector("#lorenz .xtick text")
    fill = page.evaluate("getComputedStyle(document.querySelector('#lorenz .xtick text')).fill")
    assert fill == ("rgb(168, 157, 144)" if dark else "rgb(107, 98, 89)")


def test_a_point_says_what_it_is(page):
    page.locator("#artist-map .chart").scroll_into_view_if_needed()
    page.wait_for_selector("#artist-map .point")
    box = page.locator("#artist-map .point").first.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if page.viewport_size["width"] < 500:
        page.touchscreen.tap(*middle)
    else:
        page.mouse.move(*middle, steps=3)
    page.wait_for_selector("#artist-map .hovertext")
    assert page.locator("#artist-map .hovertext").first.text_content()


def test_a_group_of_a_map_can_be_shown_alone(page):
    page.locator("#track-map .chart").scroll_into_view_if_needed()
    page.wait_for_selector("#track-map .point")
    press(page, "#track-map .legend button >> nth=0")
    faint = "[...document.querySelectorAll('#track-map .point')].filter(p => getComputedStyle(p).opacity < 0.1).length"
    page.wait_for_function(f"{faint} > 0")
    press(page, "#track-map .legend button >> nth=0")
    page.wait_for_function(f"{faint} === 0")


def test_it_can_be_printed(page):
    if page.viewport_size["width"] < 500:
        pytest.skip("a phone does not print")
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.said == []

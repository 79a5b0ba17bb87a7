"""The page as text: whole, small, and safe whatever the names are."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from segue.exploring import explore
from segue.exploring.charts import charts
from segue.exploring.page import as_html
from segue.exploring.shapes import Bars, Grid, Line, Lines, Points, Table
from tests.exploring.conftest import NOW


class Elements(HTMLParser):
    """Counts elements and collects their attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page(report) -> str:
    return as_html(report)


def data_of(page: str):
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    return json.loads(text)


def test_it_is_small_and_refers_to_nothing_outside(page):
    assert len(page.encode()) < 10_000_000
    elements = Elements()
    elements.feed(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    targets = [
        attrs.get("src") or attrs.get("href") for _, attrs in elements.found if "src" in attrs or "href" in attrs
    ]
    assert all(target.startswith(("#", "data:")) for target in targets)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_every_figure_is_there_with_its_finding_and_every_chart_with_a_table(report, page):
    elements = Elements()
    elements.feed(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    ids = {attrs.get("id") for _, attrs in elements.found}
    for section in report.sections:
        assert {figure.id for figure in section.figures} <= ids
    shown = sum(1 for tag, _ in elements.found if tag == "details")
    assert shown == sum(1 for part in report.sections for one in part.figures if not isinstance(one.data, Table))


def test_the_charts_are_those_of_the_figures(report, page):
    drawn = data_of(page)["charts"]
    lorenz = report.figure("lorenz")
    assert drawn["lorenz"][0]["data"][0]["y"] == list(lorenz.data.lines[0].y)
    assert len(drawn["features-over-years"]) == len(report.figure("features-over-years").data.panels)


def test_names_cannot_become_markup_or_end_a_script(counted):
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    library = replace(counted, artists=counted.artists.with_columns(name=pl.lit(hostile)))
    page = as_html(explore(library, name=hostile, now=NOW))
    assert "<script>alert" not in page
    assert "<img" not in page.replace("<image", "")[: page.index("<script type")]
    notes = data_of(page)["charts"]["top-artists"][0]["layout"]["annotations"]
    assert notes[0]["text"].startswith("&lt;/script&gt;")


def test_the_page_is_the_same_every_time(report, page):
    assert as_html(report) == page


def test_no_chart_without_plotly_and_says_so(report, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "plotly.offline", None)
    with pytest.raises(Exception, match="pip install"):
        as_html(report)


def test_shapes_become_charts():
    [ranking] = charts(Bars(("A & B", "C"), (2, None), "artist"), "plays")
    assert ranking["data"][0]["orientation"] == "h"
    assert [note["text"] for note in ranking["layout"]["annotations"]] == ["A &amp; B", "2", "C", "–"]
    [columns] = charts(Bars(("1990s", "2000s"), (1, 2), "decade", ordered=True), "tracks")
    assert columns["data"][0]["x"] == ["1990s", "2000s"]
    [lines] = charts(Lines((Line("m", (1, 2), (3, 4), (2, 3), (4, 5)),), "x", "y"), "")
    assert [trace["y"] for trace in lines["data"]] == [[2, 3], [4, 5], [3, 4]]
    [grid] = charts(Grid(("r",), ("c", "d"), ((1.0, None),), "g", diverging=True), "sd")
    assert grid["data"][0]["zmid"] == 0
    [points] = charts(Points((0.0, 1.0), (0.0, 1.0), ("<b>", "two"), (0, 1), ("one", "other")), "tracks")
    assert points["data"][0]["text"][0] == "&lt;b&gt;<br>one"
    assert charts(Table(("a",), ((1,),)), "") == []

"""The words that people use: a word cloud of tags, of genres, or of playlist titles."""

from __future__ import annotations

import random
import re
from collections import Counter

import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.report import Recipe
from segue.exploring.shapes import Cloud, Shape, Word
from segue.exploring.view import View
from segue.exploring.wording import counted, named
from segue.features.tags import canonical

WORDS = 70
FEWEST = 5
WIDTH, HEIGHT = 640, 560
MARGIN = 5
SMALLEST = 19
"""Letters of the smallest word: on a phone the cloud is shown at little more than half its size."""
COMMON = frozenset(
    re.findall(
        r"\w+",
        "and are del des das die der den est for from las les los mix music not of playlist songs the this und vol with "
        "you your",
    )
)


def cloud(view: View) -> tuple[str, str, Shape]:
    """The most used words, as large as they are frequent; the same seed gives the same cloud."""
    weights, what, unit = _words(view)
    kept = dict(sorted(weights.items(), key=lambda one: (-one[1], one[0]))[:WORDS])
    first = [f"{named(word)} ({weight:,.0f})" for word, weight in list(kept.items())[:3]]
    finding = f"The most used of {counted(len(weights), what)}: {', '.join(first)}."
    return finding, unit, Cloud(placed(kept, view.seed), WIDTH, HEIGHT)


def _words(view: View) -> tuple[dict[str, float], str, str]:
    """Words with weights, what one is called, and the unit: the first of taggings, tags, playlist titles and genres."""
    library = view.library
    given = library.taggings.select(word=pl.col("tag").cast(pl.String), weight=pl.lit(1.0))
    sources = [(given, "tag", "times given")]
    for frame in (library.artists, library.tracks):
        tags = frame.select("tags").explode("tags").unnest("tags")
        weighed = tags.select(word="tag", weight=pl.col("weight").fill_null(1.0).cast(pl.Float64))
        sources.append((weighed, "tag", "times given"))
    sources.append((_of_titles(library.playlists["title"].drop_nulls().to_list()), "word in titles", "playlists"))
    for frame, of in ((library.tracks, "tracks"), (library.artists, "artists")):
        genres = frame.select(word=pl.col("genres")).explode("word").with_columns(weight=pl.lit(1.0))
        sources.append((genres, "genre", of))
    for frame, what, unit in sources:
        found = _summed(frame)
        if len(found) >= FEWEST:
            return found, what, unit
    raise NotEnoughData(f"there are not {FEWEST} different tags, genres or words in playlist titles")


def _of_titles(titles: list[str]) -> pl.DataFrame:
    """In how many titles each word of three letters or more stands."""
    counts = Counter(word for title in titles for word in set(re.findall(r"[^\W\d_]{3,}", title.casefold())) - COMMON)
    columns = {"word": list(counts), "weight": [float(count) for count in counts.values()]}
    return pl.DataFrame(columns, schema={"word": pl.String, "weight": pl.Float64})


def _summed(frame: pl.DataFrame) -> dict[str, float]:
    """The weight of each word in all, spellings made one."""
    words = canonical(frame.with_columns(item=pl.lit("all")))
    return {word: float(weight) for word, weight in words.select("word", "weight").iter_rows()}


def placed(weights: dict[str, float], seed: int) -> tuple[Word, ...]:
    """Words laid out without overlap; one that is wider than the cloud, and would end it, is left out.

    Raises `NotEnoughData` when the package that does it is not there.
    """
    try:
        from matplotlib import get_data_path  # noqa: PLC0415
        from PIL import ImageFont  # noqa: PLC0415
        from wordcloud import WordCloud  # noqa: PLC0415
    except ImportError:
        raise NotEnoughData("the word cloud needs a package more: pip install 'segue[explore]'") from None
    font = f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    smallest = ImageFont.truetype(font, SMALLEST)
    fitting = {word: weight for word, weight in weights.items() if smallest.getlength(word) < WIDTH - 2 * MARGIN}
    layout = WordCloud(
        font_path=font, width=WIDTH, height=HEIGHT, margin=MARGIN, prefer_horizontal=1.0, min_font_size=SMALLEST,
        max_font_size=92, relative_scaling=0.4, random_state=random.Random(seed), color_func=lambda *_, **__: "black",  # noqa: S311
    ).generate_from_frequencies(fitting)  # fmt: skip
    placed = []
    for (text, _), size, (top, left), _, _ in layout.layout_:
        drawn = ImageFont.truetype(font, size)
        width, risen = float(drawn.getlength(text)), drawn.getbbox(text)[1]
        middle, baseline = left + width / 2, float(top + drawn.getmetrics()[0] - risen)
        placed.append(Word(text, float(weights[text]), round(middle, 1), round(baseline, 1), size, round(width, 1)))
    return tuple(placed)


RECIPES = (Recipe("cloud", "Word cloud", cloud),)

"""Exploring a library: every figure that its data gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from segue.exploring import catalogue, genres, groups, listeners, listening, popularity, quality, sounds, words
from segue.exploring.report import Figure, LeftOut, Recipe, Report, Section
from segue.exploring.view import View
from segue.library.interactions import Level
from segue.library.library import Library

SECTIONS: tuple[tuple[str, str, tuple[Recipe, ...]], ...] = (
    ("contents", "What is here", catalogue.CONTENTS),
    ("quality", "What is missing or suspect", quality.RECIPES),
    ("popularity", "What is played", popularity.RECIPES),
    ("listening", "How and when", listening.RECIPES),
    ("listeners", "Who listens", listeners.RECIPES),
    ("catalogue", "When it was made", catalogue.RECIPES),
    ("sounds", "How it sounds", sounds.RECIPES),
    ("genres", "Genres and words", genres.RECIPES + words.RECIPES),
    ("groups", "What belongs together", groups.RECIPES),
)


def _silent(text: str) -> None:
    """Say nothing."""


def explore(
    library: Library,
    *,
    name: str = "library",
    level: Level | None = None,
    seed: int = 0,
    now: datetime | None = None,
    progress: Callable[[str], None] = _silent,
) -> Report:
    """Every figure the library's data gives, and why the others are left out.

    Args:
        library: what to look at.
        name: what to call it.
        level: look at listening at this level only; None looks at tracks and artists, where there are any.
        seed: for samples, clusters, maps and the word cloud.
        now: later times are in the future; None for this moment.
        progress: is told what is being done.
    """
    levels: tuple[Level, ...] = ("track", "artist") if level is None else (level,)
    view = View(library, seed, now or datetime.now(UTC), levels)
    sections = []
    for key, title, recipes in SECTIONS:
        cooked = []
        for recipe in recipes:
            if recipe.level not in {None, *levels}:
                continue
            progress(f"{title.lower()}: {recipe.title.lower()}")
            cooked.append(recipe.cook(view))
        figures = tuple(one for one in cooked if isinstance(one, Figure))
        left_out = tuple(one for one in cooked if isinstance(one, LeftOut))
        sections.append(Section(key, title, figures, left_out))
    return Report(name, library.fingerprint(), seed, tuple(sections))

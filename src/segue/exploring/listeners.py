"""Who listens: countries, age groups and genders, as far as listeners said."""

from __future__ import annotations

import numpy as np

from segue.errors import NotEnoughData
from segue.exploring.report import Recipe
from segue.exploring.shapes import Bars, Shape
from segue.exploring.view import View
from segue.exploring.wording import counted, percent, verb
from segue.library.segments import segments_of

SHOWN = 25


def countries(view: View) -> tuple[str, str, Shape]:
    """Listeners by country, the most frequent first."""
    names, counts, told = _counts(view, "country", "no listener says which country they are in")
    order = np.argsort(-counts, kind="stable")
    share = percent(counts.max() / counts.sum())
    finding = f"{share} of those who say are in {names[order[0]]}; {counted(len(names), 'country')} in all. {told}"
    shown = order[:SHOWN]
    return (
        finding,
        "listeners",
        Bars(tuple(names[place] for place in shown), tuple(int(n) for n in counts[shown]), "country"),
    )


def ages(view: View) -> tuple[str, str, Shape]:
    """Listeners by age group, in the year of the last listen."""
    names, counts, told = _counts(view, "age", "no listener says when they were born")
    order = np.argsort([int(name.partition("-")[0]) for name in names])
    best = int(counts.argmax())
    share = percent(counts[best] / counts.sum())
    finding = f"The largest group is {names[best].replace('-', '–')} years old, {share} of those who say. {told}"
    labels = tuple(names[place].replace("-", "–") for place in order)
    return finding, "listeners", Bars(labels, tuple(int(n) for n in counts[order]), "age", ordered=True)


def genders(view: View) -> tuple[str, str, Shape]:
    """Listeners by gender."""
    names, counts, told = _counts(view, "gender", "no listener states a gender")
    order = np.argsort(-counts, kind="stable")
    shares = [f"{percent(counts[place] / counts.sum())} {names[place]}" for place in order]
    finding = f"Of those who say, {', '.join(shares)}. {told}"
    return (
        finding,
        "listeners",
        Bars(tuple(names[place] for place in order), tuple(int(n) for n in counts[order]), "gender"),
    )


def _counts(view: View, segment: str, lacking: str) -> tuple[list[str], np.ndarray, str]:
    """The segment's names, how many listeners are in each, and a sentence on how many do not say."""
    ids = view.library.listeners["listener_id"].to_numpy().astype(object)
    if not len(ids):
        raise NotEnoughData("there are no listeners")
    values = segments_of(view.library, ids).get(segment)
    said = [] if values is None else [str(value) for value in values if value is not None]
    if not said:
        raise NotEnoughData(lacking)
    names, counts = np.unique(np.array(said), return_counts=True)
    silent = len(ids) - len(said)
    told = f"{counted(silent, 'listener')} {verb(silent, 'does', 'do')} not say." if silent else "Every listener says."
    return [str(name) for name in names], counts, told


RECIPES = (
    Recipe("countries", "Countries", countries),
    Recipe("ages", "Age groups", ages),
    Recipe("genders", "Gender", genders),
)

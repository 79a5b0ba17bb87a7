"""The report: sections of figures, each with a finding in plain words, and what was left out and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from segue.errors import NotEnoughData
from segue.exploring.shapes import Shape
from segue.exploring.view import View
from segue.library.interactions import Level


@dataclass(frozen=True)
class Figure:
    """One figure: `finding` is a sentence computed from `data`; `unit` is what its numbers count."""

    id: str
    title: str
    finding: str
    unit: str
    data: Shape

    def document(self) -> dict[str, Any]:
        """The figure as plain values; `kind` names the shape of `data`."""
        kind = type(self.data).__name__.lower()
        return {"id": self.id, "title": self.title, "finding": self.finding, "unit": self.unit, "kind": kind,
                "data": asdict(self.data)}  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """A figure that this data does not give, and why not."""

    id: str
    title: str
    why: str


@dataclass(frozen=True)
class Section:
    """Figures that belong together."""

    id: str
    title: str
    figures: tuple[Figure, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Report:
    """All that there is to see in a library."""

    name: str
    fingerprint: str
    seed: int
    sections: tuple[Section, ...]

    def figure(self, name: str) -> Figure | None:
        """The figure of that id, or None."""
        return next((figure for part in self.sections for figure in part.figures if figure.id == name), None)

    def reasons(self) -> list[tuple[str, str]]:
        """What was left out, titles with the same reason together: (titles, why)."""
        together: dict[str, list[str]] = {}
        for one in (one for part in self.sections for one in part.left_out):
            together.setdefault(one.why, []).append(one.title if not together.get(one.why) else one.title.lower())
        return [(", ".join(titles), why) for why, titles in together.items()]

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        sections = [
            {
                "id": part.id,
                "title": part.title,
                "figures": [figure.document() for figure in part.figures],
                "left_out": [asdict(one) for one in part.left_out],
            }
            for part in self.sections
        ]
        return {"name": self.name, "fingerprint": self.fingerprint, "seed": self.seed, "sections": sections}


@dataclass(frozen=True)
class Recipe:
    """How a figure is made: `make` raises `NotEnoughData`, saying why, where the data has no such thing.

    A figure of one `level` is made when that level is looked at.
    """

    id: str
    title: str
    make: Callable[[View], tuple[str, str, Shape]]
    level: Level | None = None

    def cook(self, view: View) -> Figure | LeftOut:
        """The figure (finding, unit and shape as `make` gives them), or why there is none."""
        try:
            finding, unit, data = self.make(view)
        except NotEnoughData as lack:
            return LeftOut(self.id, self.title, str(lack))
        return Figure(self.id, self.title, finding, unit, data)


def as_json(report: Report) -> str:
    """The report as one JSON document."""
    return json.dumps(report.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

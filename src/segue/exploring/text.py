"""A report for the terminal: the findings, section by section."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from segue.exploring.report import Figure, Report
from segue.exploring.shapes import Bars, Cards, Table

WIDEST = 96
SHOWN = 5


class Findings:
    """The findings of a report, as rich prints them; names are shown as they are, never as markup."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Each section under its title, no wider than a line that can be read."""
        narrow = options.update(width=min(options.max_width, WIDEST))
        for section in self._report.sections:
            if section.figures:
                yield Text(section.title, style="bold")
                for figure in section.figures:
                    yield from console.render(Padding(Group(*_parts(figure)), (0, 0, 1, 2)), narrow)
        if self._report.reasons():
            yield Text("What this data does not tell", style="bold")
            for titles, why in self._report.reasons():
                yield from console.render(Padding(Text(f"{titles}: {why}.", style="dim"), (0, 0, 0, 2)), narrow)


def _parts(figure: Figure) -> list[RenderableType]:
    return [Text(figure.title, style="dim"), Text(figure.finding), *(Text(f"  {line}") for line in _lines(figure))]


def _lines(figure: Figure) -> list[str]:
    """The first few of what is ranked, the names of clusters, and every suspect row: what one sentence cannot hold."""
    shape = figure.data
    if isinstance(shape, Cards):
        return [f"{card.title} ({card.note})" for card in shape.cards]
    if isinstance(shape, Bars) and not shape.ordered and figure.id.startswith("top-"):
        values = [f"{value or 0:,.0f}" for value in shape.values[:SHOWN]]
        width = max(map(len, values))
        return [f"{value:>{width}}  {label}" for value, label in zip(values, shape.labels, strict=False)]
    if isinstance(shape, Table) and figure.id == "suspects":
        return [f"{row[0]} {row[1]}{f' ({row[2]})' if row[2] else ''}" for row in shape.rows]
    return []

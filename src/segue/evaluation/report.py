"""A leaderboard for people: as a table in the terminal, and as a page."""

from __future__ import annotations

import math

from jinja2 import Environment
from rich.table import Table

from segue.evaluation.leaderboard import Entry, Leaderboard
from segue.metrics import Interval

WITH_INTERVAL = 2
"""How many of the headline metrics show their interval in the terminal, which is narrow."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ board.dataset }}, {{ board.protocol.name }}</title>
<style>
 :root { color-scheme: light dark; --ink: #2b2620; --paper: #faf7f2; --line: #d9d2c6; --accent: #b3341a; }
 @media (prefers-color-scheme: dark) { :root { --ink: #efe9df; --paper: #12100e; --line: #3a342d; --accent: #ff7a57; } }
 body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
        max-width: 1200px; padding: 24px; }
 h1 { font-size: 31px; line-height: 1.15; margin: 0 0 8px; } h2 { font-size: 20px; margin: 40px 0 8px; }
 .wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
 th, td { text-align: right; padding: 8px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
 th:first-child, td:first-child { text-align: left; } small { display: block; opacity: .75; }
 tbody tr:first-child td:first-child { color: var(--accent); font-weight: 650; }
</style></head><body>
<h1>{{ board.dataset }}, {{ board.protocol.name }}</h1>
<p>{{ board.protocol.meaning }}. {{ "{:,}".format(board.sizes.listeners) }} listeners,
{{ "{:,}".format(board.sizes["items"]) }} items, {{ "{:,}".format(board.sizes.pairs) }} pairs;
mean of {{ board.seeds }} split{{ "s" if board.seeds > 1 }}, with 95% bootstrap intervals over listeners.</p>
<div class="wide"><table><thead><tr><th scope="col">model</th>
{% for name in headline %}<th scope="col">{{ name }}</th>{% endfor %}
<th scope="col">fit s</th><th scope="col">recommend s</th><th scope="col">peak MB</th></tr></thead><tbody>
{% for entry in board.entries %}<tr><td>{{ entry.name }}</td>
{% for name in headline %}<td>{{ number(entry.metrics.get(name)) }}<small>{{ ends(entry.metrics.get(name)) }}</small></td>
{% endfor %}<td>{{ "%.1f"|format(entry.fit_s) }}</td><td>{{ "%.1f"|format(entry.recommend_s) }}</td>
<td>{{ "%.0f"|format(entry.peak_rss_mb) }}</td></tr>{% endfor %}
</tbody></table></div>
{% for skipped in board.skipped %}<p>{{ skipped.name }} was left out: {{ skipped.why }}</p>{% endfor %}
{% if segments %}<h2>By segment</h2><div class="wide"><table><thead><tr><th scope="col">segment</th>
<th scope="col">listeners</th>{% for entry in board.entries %}<th scope="col">{{ entry.name }}</th>{% endfor %}</tr></thead>
<tbody>{% for segment, listeners, values in segments %}<tr><td>{{ segment }}</td><td>{{ "{:,}".format(listeners) }}</td>
{% for value in values %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}</tbody></table></div>
<p>NDCG@20.</p>{% endif %}
<h2>Parameters</h2><ul>{% for entry in board.entries %}<li>{{ entry.name }}:
{% for key, value in entry.parameters.items() %}{{ key }} {{ value }}{{ ", " if not loop.last }}{% endfor %}</li>
{% endfor %}</ul>
</body></html>
"""


def as_table(board: Leaderboard) -> Table:
    """The headline metrics, best model first; those with an interval show half its width behind the sign."""
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    table.add_column("model", no_wrap=True)
    for name in _headline(board):
        table.add_column(name.replace("@", "\n@"), justify="right", no_wrap=True)
    for name in ("fit\ns", "rec.\ns", "peak\nMB"):
        table.add_column(name, justify="right", no_wrap=True)
    for entry in board.entries:
        table.add_row(entry.name, *_cells(entry, board), f"{entry.fit_s:.1f}", f"{entry.recommend_s:.1f}",
                      f"{entry.peak_rss_mb:.0f}")  # fmt: skip
    return table


def as_html(board: Leaderboard) -> str:
    """One self-contained page: the leaderboard, quality by segment, and every model's parameters."""
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(
        board=board, headline=_headline(board), number=_number, ends=_ends, segments=_segments(board)
    )


def _headline(board: Leaderboard) -> list[str]:
    return [name for name in board.protocol.headline if any(name in entry.metrics for entry in board.entries)]


def _cells(entry: Entry, board: Leaderboard) -> list[str]:
    cells = []
    for place, name in enumerate(_headline(board)):
        interval = entry.metrics.get(name)
        cells.append(f"{_number(interval)}{_half_width(interval)}" if place < WITH_INTERVAL else _number(interval))
    return cells


def _segments(board: Leaderboard) -> list[tuple[str, int, list[str]]]:
    if not board.entries:
        return []
    found = []
    for segment, about in board.entries[0].segments.items():
        if "ndcg@20" not in about["metrics"]:
            continue
        values = [entry.segments[segment]["metrics"]["ndcg@20"]["mean"] for entry in board.entries]
        found.append((segment, about["listeners"], ["–" if value is None else f"{value:.4f}" for value in values]))
    return found


def _number(interval: Interval | None) -> str:
    if interval is None or math.isnan(interval.mean):
        return "–"
    return f"{interval.mean:.4f}" if abs(interval.mean) < 10 else f"{interval.mean:.2f}"


def _half_width(interval: Interval | None) -> str:
    if interval is None or math.isnan(interval.low):
        return ""
    return f" ±{(interval.high - interval.low) / 2:.3f}".replace("±0.", "±.")


def _ends(interval: Interval | None) -> str:
    if interval is None or math.isnan(interval.low):
        return ""
    return f"[{interval.low:.4f}, {interval.high:.4f}]"

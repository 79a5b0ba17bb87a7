"""Draws covers: SVG under 3 KB, from a recipe alone."""

from __future__ import annotations

from segue.web.covers.recipes import Recipe


def svg(recipe: Recipe) -> str:
    """The picture, 640 units wide and high."""
    other = (recipe.hue + 40 + recipe.seed % 100) % 360
    x, y = 80 + recipe.seed % 480, 80 + (recipe.seed >> 9) % 480
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 640">'
        f'<rect width="640" height="640" fill="hsl({recipe.hue} 38% 36%)"/>'
        f'<circle cx="{x}" cy="{y}" r="220" fill="hsl({other} 58% 58%)"/></svg>'
    )

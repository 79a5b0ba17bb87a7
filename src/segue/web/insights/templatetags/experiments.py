"""What templates of experiments need."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def share(value: float) -> str:
    """A share in percent."""
    return f"{100 * value:.4g}%"

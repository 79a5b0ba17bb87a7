"""Finds mixes by name: a module of this package that has a `MIX` offers a product.

The name is the module's, with dashes: `daily_mix.py` offers `daily-mix`. Adding a product is adding a file.
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

import segue.mixes
from segue.errors import NotFound
from segue.mixes.base import MakesMixes
from segue.mixes.blend import KEY


@cache
def products() -> dict[str, MakesMixes]:
    """The products there are, by name."""
    found = {}
    for module in sorted(pkgutil.iter_modules(segue.mixes.__path__), key=lambda info: info.name):
        mix = getattr(importlib.import_module(f"segue.mixes.{module.name}"), "MIX", None)
        if mix is not None:
            found[module.name.replace("_", "-")] = mix
    return found


def product(name: str) -> MakesMixes:
    """The product of that name. Raises `NotFound` for a name that there is not."""
    offered = products()
    if name not in offered:
        close = get_close_matches(name, [*offered, KEY], n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise NotFound(f"no mix {name!r}{hint}: there are {', '.join(offered)}, and {KEY}, for two")
    return offered[name]

"""The addresses of the listener's pages: a module of this package that has `PATHS` offers pages. Adding one is adding a file."""

from __future__ import annotations

import importlib
import pkgutil

import segue.web.pages

_MODULES = sorted(one.name for one in pkgutil.iter_modules(segue.web.pages.__path__) if not one.ispkg)
urlpatterns = [
    found
    for name in _MODULES if name != "urls"
    for found in getattr(importlib.import_module(f"segue.web.pages.{name}"), "PATHS", ())
]  # fmt: skip

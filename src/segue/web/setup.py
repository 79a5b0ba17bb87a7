"""Setting Django up in a process that is no server: for commands."""

from __future__ import annotations

import os

from segue.home import Home


def set_up(home: Home) -> None:
    """Make the models of the service usable in this process, on that home. Raises `BadSetting` for a bad environment."""
    os.environ |= {"SEGUE_HOME": str(home.path), "DJANGO_SETTINGS_MODULE": "segue.web.settings"}
    import django  # noqa: PLC0415
    from django.apps import apps  # noqa: PLC0415

    if not apps.ready:
        django.setup()


def manage(home: Home, words: list[str]) -> None:
    """Run one of Django's own commands."""
    set_up(home)
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["segue manage", *words])

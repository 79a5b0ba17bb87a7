"""What a WSGI server runs: `segue.web.wsgi:application`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segue.web.settings")
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request, which is told nothing of the process's environment.

    Servers hand it on in `environ` as CGI did, Django calls it `request.META`, and apps store that: our secrets would lie in
    sessions.
    """
    ours = os.environ
    return _django({name: value for name, value in environ.items() if ours.get(name) != value}, start_response)

"""The jobs of listening: imports, and what is cleared up behind them."""

from __future__ import annotations

from typing import Any

from segue.web.jobs.models import Job
from segue.web.jobs.run import Progress, register
from segue.web.listening import uploads

LISTENING = "import-listening"
SERVICE = "import-service"


@register(LISTENING, after=uploads.remove)
def import_listening(job: Job, progress: Progress) -> dict[str, Any]:
    """A file of somebody's listening, into their listener."""
    from segue.web.listening.personal_import import import_listening as work  # noqa: PLC0415

    return work(job, progress)


@register(SERVICE, after=uploads.remove)
def import_service(job: Job, progress: Progress) -> dict[str, Any]:
    """A file of a catalogue and its listeners, into the service."""
    from segue.web.catalog.load import load  # noqa: PLC0415
    from segue.web.listening.personal_import import of_reading  # noqa: PLC0415

    progress(0.0, "reading the file")
    reading = uploads.read(job)
    progress(0.2, "checking")
    library = reading.library.validate()
    rows = load(library, progress=lambda text: progress(0.3, str(text)))
    return {**of_reading(reading), "rows": rows}

"""What the process does that trains: database in, snapshot out, if it is no step back. `python -m segue.web.training.retraining`.

It works in `training/` of the home, and a snapshot comes to the others in one rename: killed at any point, it leaves nothing in use
that is not whole. It says how far it is, and at last its report, as lines of JSON; it ends when its input does.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db.models import Max

from segue.engine.snapshot import MANIFEST, Manifest, Snapshots
from segue.engine.train import train
from segue.errors import BadSnapshot, NotEnoughData, SegueError
from segue.home import Home
from segue.library.library import Library, write_atomically
from segue.web.training.guard import Recipe, Thresholds, flaws, judge

NICE = 15
Say = Callable[[float, str], None]


def folder(home: Home) -> Path:
    """Where it is trained; nothing in it is needed once nobody trains."""
    return home.path / "training"


def retrain(home: Home, say: Say, rules: Thresholds | None = None) -> dict[str, Any]:
    """Train on what is in the database and publish, or keep the snapshot in use; the report says which, and why.

    Raises `NotEnoughData` where there is nothing to learn from.
    """
    begun = time.monotonic()
    place = folder(home)
    shutil.rmtree(place, ignore_errors=True)
    try:
        last_id, library = _exported(place / "library", say)
        report = _trained(home, library, last_id, say, rules or Thresholds())
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {**report, "listens": library.listens.height, "seconds": round(time.monotonic() - begun)}


def recipe_of(manifest: Manifest | None) -> Recipe:
    """What is trained again: what the snapshot in use is, unless it had no listening to learn from."""
    if manifest is None or not manifest.counts["pairs"]:
        return Recipe()
    return Recipe(manifest.model, tuple(manifest.parameters.items()), manifest.level)


def _exported(path: Path, say: Say) -> tuple[int, Library]:
    from segue.web.catalog.export import export  # noqa: PLC0415 - Django is set up by then
    from segue.web.listening.models import Listen  # noqa: PLC0415

    last_id = Listen.objects.aggregate(last=Max("pk"))["last"] or 0
    export(path, lambda text: say(0.02, text))
    return last_id, Library.open(path)


def _trained(home: Home, library: Library, last_id: int, say: Say, rules: Thresholds) -> dict[str, Any]:
    current = _current(home.snapshots)
    recipe = recipe_of(current[1] if current else None)
    say(0.1, "asking whether it would be any better, on the latest listening")
    try:
        verdict = judge(library, recipe, current, rules)
    except NotEnoughData:
        verdict = None
    if current is not None and verdict is not None and not verdict.publish:
        return _kept(current[1], verdict.why, verdict.numbers)
    staged = Snapshots(folder(home) / "snapshots")
    manifest = train(
        library, staged, model=recipe.model, parameters=dict(recipe.parameters), level=recipe.level,
        progress=lambda text: say(0.4, text),
    )  # fmt: skip
    say(0.95, "trying it")
    numbers = {} if verdict is None else verdict.numbers
    wrong = flaws(staged, manifest.name, library, current[1] if current else None, rules)
    if wrong and current is not None:
        return _kept(current[1], "; ".join(wrong), numbers)
    if wrong:
        raise BadSnapshot(f"what was trained cannot be used: {'; '.join(wrong)}")
    _publish(
        home.snapshots,
        staged,
        manifest,
        {"held_out": numbers, "listens": library.listens.height, "last_listen": last_id},
    )
    why = verdict.why if verdict else "without a comparison: there is too little listening to tell"
    if verdict is not None and not verdict.publish:
        why = f"as no snapshot was in use, although {why}"
    return {
        "published": True,
        "snapshot": manifest.name,
        "why": f"published {manifest.name}: {why}",
        "numbers": numbers,
    }


def _kept(current: Manifest, why: str, numbers: dict[str, Any]) -> dict[str, Any]:
    return {"published": False, "snapshot": current.name, "why": f"kept {current.name}: {why}", "numbers": numbers}


def _current(snapshots: Snapshots) -> tuple[Path, Manifest] | None:
    try:
        name = snapshots.current()
        return snapshots.path(name), snapshots.manifest(name)
    except BadSnapshot:
        return None


def _publish(snapshots: Snapshots, staged: Snapshots, manifest: Manifest, told: dict[str, Any]) -> None:
    """Move a snapshot to the others, with what is told of it besides, and make it the one in use."""
    path = staged.path(manifest.name)
    fields = json.loads((path / MANIFEST).read_text())
    fields["metrics"] |= told
    write_atomically(path / MANIFEST, json.dumps(fields, indent=1).encode())
    snapshots.directory.mkdir(parents=True, exist_ok=True)
    path.rename(snapshots.directory / manifest.name)
    snapshots.use(manifest.name)


def _tell(**words: Any) -> None:
    print(json.dumps(words), flush=True)  # noqa: T201


def main() -> int:
    """Exit status 0 where a report was told, 1 where a problem was."""
    from segue.web.running import end_after  # noqa: PLC0415

    end_after(lambda: os.read(sys.stdin.fileno(), 1))
    os.nice(NICE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segue.web.settings")
    try:
        django.setup()
        _tell(report=retrain(settings.HOME, lambda share, text: _tell(share=share, doing=text)))
    except SegueError as error:
        _tell(problem=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs every benchmark there is, and writes `benchmarks/results/NAME.json` for each."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Each in a process of its own, so that one that fails does not stop the others; 1 when any failed."""
    failed = []
    for name in sorted(info.name for info in pkgutil.iter_modules([str(HERE)])):
        module = None if name == "__main__" else importlib.import_module(f"benchmarks.{name}")
        if not hasattr(module, "main"):
            continue
        if getattr(module, "NEEDS_DATA", False) and "SEGUE_DATA" not in os.environ:
            print(f"{name}: skipped, it reads real data: set SEGUE_DATA to the folder that has it")
            continue
        print(f"{name}:", flush=True)
        results = HERE / "results" / f"{name}.json"
        ended = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", "--json", str(results)], check=False)
        if ended.returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Analysing audio files beside plain librosa (load, beat_track, chroma_cqt, mfcc), one core each, and how much memory it takes.

Reads the music in SEGUE_MUSIC (or `--music`), or else what Debian's packages of game music (wesnoth-1.16-music,
singularity-music) have put below /usr/share. Six tracks by default, `--all` for every one.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.measure import Meter, measure, parser, report
from segue.features.audio import AUDIO_SUFFIXES, analyse

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
PACKAGED = ("games/wesnoth/*/data/core/music", "games/singularity/music")
TRACKS = 6
SECONDS = (45, 240)
MEMORY = "Memory of a worker, by the length of the file"
MINUTES = (2, 60, 120)
RATE = 44_100


def scan(_: Meter, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Processor seconds of each track (both use one thread, and wall time would count what else the machine does)."""
    rows = []
    for path in [paths[0], *paths]:  # the first time round compiles
        seconds = {"segue": 0.0, "librosa": 0.0}
        for whose, analysis in (("segue", analyse), ("librosa", by_librosa)):
            begun = time.process_time()
            analysis(path)
            seconds[whose] = time.process_time() - begun
        rows.append({"track": path.stem[:32], "s": soundfile.info(path).duration, **seconds})
    return rows[1:]


def by_librosa(path: Path) -> None:
    """What a script of a few lines does."""
    import librosa  # noqa: PLC0415 - not part of what a worker of ours needs

    samples, rate = librosa.load(path)
    librosa.beat.beat_track(y=samples, sr=rate)
    librosa.feature.chroma_cqt(y=samples, sr=rate)
    librosa.feature.mfcc(y=samples, sr=rate)


def scan_once(meter: Meter, short: Path, path: Path) -> float:
    """Resident memory of a worker is measured from after its imports, and after one short file."""
    analyse(short)
    meter.start()
    with meter.phase("analyse"):
        return analyse(path).duration_ms / 1_000


def music(folder: Path | None) -> list[list[Path]]:
    """Audio files by folder of music: that folder's, or the packages'."""
    packaged = (root for pattern in PACKAGED for root in Path("/usr/share").glob(pattern))
    roots = [folder] if folder is not None else sorted(packaged)
    found = [sorted(path for path in root.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES) for root in roots]
    return [paths for paths in found if paths]


def chosen_tracks(folders: list[list[Path]]) -> list[Path]:
    """The same number from each folder, evenly spread over those of the usual length."""
    chosen = []
    for paths in folders:
        usual = [path for path in paths if SECONDS[0] <= soundfile.info(path).duration <= SECONDS[1]]
        wanted = min(len(usual), TRACKS // len(folders))
        chosen += [usual[int((place + 0.5) * len(usual) / wanted)] for place in range(wanted)]
    return chosen


def long_file(folder: Path, minutes: int) -> Path:
    """A stereo FLAC of so many minutes: ten seconds of notes over a little noise, again and again."""
    rng = np.random.default_rng(0)
    at = np.arange(10 * RATE) / RATE
    notes = np.zeros(len(at))
    for hz, length in ((110, 1.0), (220, 0.5), (330, 2.0), (554, 0.25)):
        notes += np.sin(2 * np.pi * hz * at) * np.exp(-4 * (at % length))
    samples = (0.15 * notes[:, None] + 0.002 * rng.normal(size=(len(at), 2))).astype(np.float32)
    path = folder / f"{minutes}.flac"
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16", compression_level=0.0) as file:
        for _ in range(6 * minutes):
            file.write(samples)
    return path


def memory() -> list[dict[str, Any]]:
    """Peak resident memory of a worker by the length of the file."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        short = long_file(Path(folder), 1)
        for minutes in MINUTES:
            path = long_file(Path(folder), minutes)
            measured = measure(scan_once, short, path)
            speed = measured.value / measured.seconds["analyse"]
            rows.append({"minutes": minutes, "peak RSS MB": measured.base_mb + measured.peak_mb,
                         "above start MB": measured.peak_mb, "x real time": speed})  # fmt: skip
            path.unlink()
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--music", type=Path, default=os.environ.get("SEGUE_MUSIC"), help="a folder of music")
    options.add_argument("--all", action="store_true", help="every track, not six")
    chosen = options.parse_args(arguments)
    # Before the workers start: they read it once.
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    folders = music(chosen.music)
    tracks = [path for paths in folders for path in paths] if chosen.all else chosen_tracks(folders) if folders else []
    sizes = memory()
    report(MEMORY, sizes, None if tracks else chosen.json, target_at_most_MB=500)
    if not tracks:
        print("no music to compare the speed on: set SEGUE_MUSIC to a folder, or install wesnoth-1.16-music")
        return
    scanned = measure(scan, tracks).value
    total = {column: sum(row[column] for row in scanned) for column in ("s", "segue", "librosa")}
    rows = [
        {"track": row["track"], "s": round(row["s"]), "segue x real time": row["s"] / row["segue"],
         "librosa x real time": row["s"] / row["librosa"], "ratio": row["librosa"] / row["segue"]}
        for row in scanned
    ]  # fmt: skip
    report(
        "Analysing audio, one core", rows, chosen.json, segue_x_real_time=total["s"] / total["segue"],
        librosa_x_real_time=total["s"] / total["librosa"], ratio=total["librosa"] / total["segue"],
        target_x_real_time=50, peak_mb_by_minutes={row["minutes"]: row["peak RSS MB"] for row in sizes},
        librosa=version("librosa"),
    )  # fmt: skip


if __name__ == "__main__":
    main()

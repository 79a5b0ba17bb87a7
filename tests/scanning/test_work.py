import os
from pathlib import Path

import pytest

from segue.scanning.work import WorkerFailed, outcomes
from tests.scanning import stand_ins
from tests.sources.music_samples import tone


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_dies_is_reported_for_its_file_and_no_other(tmp_path):
    names = ["a", "SIGSEGV", "b", "exit", "SIGKILL", "c", "d"]
    paths = [tone(tmp_path / f"{name}.wav", 0.1) for name in names]
    found = dict(outcomes(paths, 2, stand_ins.crashes))
    assert found.keys() == set(paths)
    failures = {path.stem: (outcome.failure, outcome.lasting) for path, outcome in found.items() if outcome.failure}
    assert failures == {
        "SIGSEGV": ("the analysis crashed on it (SIGSEGV)", True),
        "exit": ("the analysis crashed on it (exit status 3)", True),
        "SIGKILL": ("the analysis was stopped from outside, perhaps for want of memory (SIGKILL)", False),
    }
    assert {path.stem for path, outcome in found.items() if outcome.heard} == {"a", "b", "c", "d"}


def test_ctrl_c_is_for_the_main_process(tmp_path):
    paths = [tone(tmp_path / f"{name}.wav", 0.1) for name in ("SIGINT", "a")]
    assert all(outcome.heard for _, outcome in outcomes(paths, 1, stand_ins.crashes))


def test_what_is_no_audio_is_a_failure_that_lasts_and_want_of_memory_is_not(tmp_path):
    (tmp_path / "text.wav").write_text("no audio")
    [(_, outcome)] = outcomes([tmp_path / "text.wav"], 4, stand_ins.hears)
    assert outcome.lasting
    assert (outcome.failure or "").startswith("is broken: ")
    found = {
        path.stem: outcome for path, outcome in outcomes([Path("MemoryError"), Path("ValueError")], 1, stand_ins.fails)
    }
    assert found["MemoryError"][1:] == ("cannot be analysed: so it goes", False)
    assert found["ValueError"][1:] == ("cannot be analysed: ValueError: so it goes", True)


def test_each_worker_has_one_thread_and_none_outlives_the_work(tmp_path, capfd):
    results = outcomes([Path(str(number)) for number in range(9)], 2, stand_ins.tells_its_threads)
    pids = {next(results)[1].heard["pid"] for _ in range(3)}
    results.close()
    assert not any(map(alive, pids))
    done = [outcome.heard for _, outcome in outcomes([Path("x")], 1, stand_ins.tells_its_threads)]
    assert [heard["threads"] for heard in done if heard] == ["1"]
    assert capfd.readouterr() == ("", "")


def test_nothing_to_do_starts_nothing():
    assert list(outcomes([], 4, stand_ins.fails)) == []


def test_workers_that_cannot_start_say_so_once(tmp_path, monkeypatch, capfd):
    # A function that the worker does not find when it looks for it by name.
    monkeypatch.setattr(stand_ins.hears, "__qualname__", "nowhere")
    monkeypatch.setattr(stand_ins, "nowhere", stand_ins.hears, raising=False)
    with pytest.raises(WorkerFailed, match="could not be started"):
        list(outcomes([tmp_path], 1, stand_ins.hears))

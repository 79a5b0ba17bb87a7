"""`segue mix` as a person runs it."""

import json

import pytest

from segue.cli.commands.mix import NAMES
from segue.cli.main import main
from segue.demo import world
from segue.engine.snapshot import Snapshots
from segue.engine.train import train
from segue.mixes.registry import products


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with a small world, and the two listeners who play most in it."""
    home = tmp_path_factory.mktemp("home")
    library = world(seed=2, scale=0.08)
    library.save(home / "library")
    train(library, Snapshots(home / "snapshots"), model="rp3beta", measure=False)
    active = library.listens["listener_id"].cast(str).value_counts().sort("count", "listener_id")
    return home, active["listener_id"].to_list()[-2:]


@pytest.fixture
def mix(made, capsys):
    """`segue mix` with these arguments for the first of them: what it printed, where it must end with `ok`."""
    home, [listener, _] = made

    def run(name, *arguments, of=listener, ok=0):
        with pytest.raises(SystemExit) as ended:
            main(["mix", name, "--listener", of, "--home", str(home), *arguments])
        assert ended.value.code == ok
        printed = capsys.readouterr()
        return printed.err if ok else printed.out

    return run


def test_a_mix_has_a_title_a_sentence_and_tracks_with_reasons(mix):
    shown = mix("discover-weekly", "--at", "2025-11-03")
    lines = shown.splitlines()
    assert lines[0] == "Discover Weekly"
    assert lines[1].startswith("New to you")
    assert "  1. " in shown
    assert "because you" in shown
    assert mix("discover-weekly", "--at", "2025-11-09T23:59") == shown
    assert mix("discover-weekly", "--at", "2025-11-10") != shown


def test_several_mixes_as_one_document(mix):
    mixes = json.loads(mix("daily-mix", "--json", "-"))["mixes"]
    assert [each["key"] for each in mixes] == [f"daily-mix-{number}" for number in range(1, len(mixes) + 1)]
    assert mixes[0]["tracks"][0]["reasons"][0]["text"]
    shown = mix("daily-mix")
    assert all(each["title"] in shown for each in mixes)


def test_a_blend_is_for_two(mix, made):
    _, [_, other] = made
    assert "For both of you" in mix("blend", "--with", other)
    assert "--with" in mix("blend", ok=2)
    assert "--with" in mix("daily-mix", "--with", other, ok=2)


def test_what_cannot_be_made_is_said_in_one_line(mix):
    assert "did you mean daily-mix?" in mix("daily-mx", ok=1)
    assert "no listener 'nobody'" in mix("daily-mix", of="nobody", ok=1)
    assert "2025-11-03" in mix("daily-mix", "--at", "today", ok=2)
    assert mix("rewind", "--at", "2025-01-01").startswith("There is no Rewind for ")


def test_the_help_names_every_product():
    assert set(NAMES) == set(products())


def test_a_blend_with_oneself_and_a_time_that_is_none_are_bad_usage(mix, made):
    _, [listener, _] = made
    assert "name another" in mix("blend", "--with", listener, ok=2)
    for at in ("9999-12-31", "0001-01-01"):
        assert f"'{at}' is not from 1900 to 2200" in mix("time-of-day", "--at", at, ok=2)


def test_blend_is_among_the_mixes_that_there_are(mix):
    assert "did you mean blend?" in mix("blnd", ok=1)
    assert "there are daily-mix, discover-weekly" in mix("nonsense", ok=1)

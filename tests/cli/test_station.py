"""`segue station` and `segue path`: what they print, and how they end."""

import json
from functools import partial

import polars as pl
import pytest

from segue.library import Library
from segue.mixes.station import StationState


@pytest.fixture
def segue(small_home, run):
    """Run a command on the small home."""
    return partial(run, home=small_home)


@pytest.fixture(scope="module")
def names(small_home) -> list[str]:
    """Two tracks that many play, by artist and title, of artists apart."""
    library = Library.open(small_home / "library")
    played = library.listens["track_id"].cast(str).value_counts().sort("count", "track_id", descending=[True, False])
    artists = dict(library.artists.select("artist_id", "name").iter_rows())
    tracks = played.join(library.tracks, on="track_id", maintain_order="left").unique(
        pl.col("artist_ids").list.first(), keep="first", maintain_order=True
    )
    rows = tracks.select("artist_ids", "title").head(2).iter_rows()
    return [f"{artists[artist_ids[0]]} - {title}" for artist_ids, title in rows]


def test_a_station_begins_with_the_track_and_says_why(segue, names):
    shown = segue("station", "--like", names[0], "-n", "6").out
    title = names[0].split(" - ", 1)[1]
    assert shown.startswith(f"Station: {title}\n  1. {names[0]}\n")
    assert "  6. " in shown
    assert f"the station {title} grew from it" in shown
    assert "play it, too" in shown


def test_a_station_of_words_tells_what_was_not_understood_and_its_state_is_json(segue):
    done = segue("station", "--words", "calm zzyzx music", "--mood", "slow", "-n", "3", "--json", "-")
    told = json.loads(done.out)
    assert told["unknown"] == ["zzyzx"]
    assert "Not understood: zzyzx" in done.err
    assert len(told["recommendations"]) == 3
    state = StationState.from_json(json.dumps(told["station"]))
    assert dict(state.targets)["tempo"] == 75
    assert [play.item_id for play in state.plays] == [one["item_id"] for one in told["recommendations"]]


def test_another_seed_is_another_station(segue):
    stations = [segue("station", "--genre", "pop", "--seed", seed, "-n", "8").out for seed in ("1", "1", "2")]
    assert stations[0] == stations[1]
    assert stations[0] != stations[2]


def test_a_station_needs_one_thing_to_start_from(segue):
    assert "say one of" in segue("station", ok=2).err
    assert "say one of" in segue("station", "--genre", "pop", "--words", "calm", ok=2).err
    assert "no genre 'zydecore' here: there are " in segue("station", "--genre", "zydecore", ok=1).err
    assert "did you mean folk" in segue("station", "--genre", "folkk", ok=1).err
    assert "did you mean" in segue("station", "--tag", "hapy", ok=1).err


def test_a_station_does_not_say_its_name_twice(segue):
    assert segue("station", "--genre", "Rock", "-n", "1").out.startswith("Station: Rock\n")


def test_what_is_said_of_a_path_names_its_tracks(segue, names):
    assert f"segue: {names[0]} and {names[0]} are the same song" in segue("path", names[0], names[0], ok=1).err
    assert "The largest jump is between tracks " in segue("path", *names, "--steps", "1").out


def test_a_path_goes_from_one_track_to_the_other(segue, names):
    shown = segue("path", *names, "--steps", "4").out
    lines = [line for line in shown.splitlines() if line[:3].strip().isdigit()]
    assert len(lines) == 6
    assert lines[0].endswith(names[0])
    assert lines[-1].endswith(names[1])
    assert "The largest jump is" in shown
    told = json.loads(segue("path", *names, "--steps", "4", "--json", "-").out)
    assert len(told["jumps"]) == 5
    assert "the same song" in segue("path", names[0], names[0], ok=1).err

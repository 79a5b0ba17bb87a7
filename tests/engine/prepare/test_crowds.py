from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from segue.engine.prepare.crowds import make_crowds
from segue.engine.prepare.space import make_space
from segue.library import Interactions, Library
from segue.library.records import load_record, save_record
from segue.ranking.catalogue import Crowds

NOW = datetime(2024, 6, 1, tzinfo=UTC)
Row = tuple[str, str, float | None]
"""Who played what, and how many days ago; None where that is not known."""


def library_of(rows: list[Row], listeners: pl.DataFrame | None = None) -> Library:
    who, what, ago = zip(*rows, strict=True)
    times = [None if days is None else NOW - timedelta(days=days) for days in ago]
    listens = pl.DataFrame(
        {"listener_id": who, "track_id": what, "time": pl.Series(times, dtype=pl.Datetime("ms", "UTC"))}
    )
    more = {} if listeners is None else {"listeners": listeners}
    return Library.of(listens=listens, **more)


def crowds_of(library: Library, **more) -> tuple[Crowds, list[str]]:
    interactions = Interactions.from_library(library, **more)
    return make_crowds(library, interactions, make_space(interactions, None)), interactions.item_ids.tolist()


def top_of(crowds: Crowds, items: list[str], name: str) -> dict[str, float]:
    row = crowds.group(name)
    assert row >= 0, f"{name} is not among {crowds.names}"
    entries = slice(crowds.top.indptr[row], crowds.top.indptr[row + 1])
    return dict(
        zip([items[item] for item in crowds.top.indices[entries]], crowds.top.data[entries].tolist(), strict=True)
    )


def two_scenes(n: int, ago: float | None = None) -> list[Row]:
    """Even listeners play e0 to e3, odd ones o0 to o3, the last a song of their own, too."""
    rows = [(f"l{who:03}", f"{'eo'[who % 2]}{song}", ago) for who in range(n) for song in range(4)]
    return [*rows, (f"l{n - 1:03}", "own", ago)]


def test_everybody_is_a_group_of_shares_the_most_played_first():
    crowds, items = crowds_of(library_of([(f"l{n:02}", "hit", None) for n in range(20)] + [("l03", "rare", None)] * 3))
    assert top_of(crowds, items, "overall") == pytest.approx({"hit": 1, "rare": 0.05})
    assert list(top_of(crowds, items, "overall")) == ["hit", "rare"]
    assert crowds.sizes.tolist()[crowds.group("overall")] == 20


def test_there_are_no_groups_of_fewer_than_twenty():
    crowds, _ = crowds_of(library_of(two_scenes(19, ago=1)))
    assert crowds.names == ()
    assert crowds.sizes.tolist() == []
    assert crowds.top.shape == (0, 9)
    assert crowds.players.shape == (0, 9)
    assert len(crowds.centroids) == 0


def test_who_skips_everything_does_not_count():
    library = library_of(two_scenes(19))
    skipped = pl.DataFrame({"listener_id": ["x"], "track_id": ["e0"], "skipped": [True]})
    crowds, _ = crowds_of(library.merge(Library.of(listens=skipped)))
    assert crowds.names == ()


def test_what_is_trending_fades_by_half_in_two_weeks():
    rows = [(f"l{n:02}", "old", 14) for n in range(20)] + [(f"l{n:02}", "new", 0) for n in range(12)]
    crowds, items = crowds_of(library_of(rows))
    assert top_of(crowds, items, "trending") == pytest.approx({"new": 0.6, "old": 0.5})
    assert top_of(crowds, items, "overall") == pytest.approx({"old": 1, "new": 0.6})


def test_a_play_in_the_future_makes_nothing_old():
    now = datetime.now(UTC).replace(microsecond=0)
    times = [now - timedelta(days=1)] * 20 + [now + timedelta(days=900)]
    listens = pl.DataFrame(
        {"listener_id": [f"l{n:02}" for n in range(20)] + ["l00"], "track_id": ["a"] * 20 + ["b"], "time": times}
    )
    crowds, items = crowds_of(Library.of(listens=listens))
    assert top_of(crowds, items, "trending") == pytest.approx({"a": 1})


def test_what_has_no_time_is_not_trending():
    rows = [(f"l{n:02}", "timed", 0) for n in range(20)] + [(f"l{n:02}", "untimed", None) for n in range(20)]
    crowds, items = crowds_of(library_of(rows))
    assert top_of(crowds, items, "trending") == pytest.approx({"timed": 1})
    assert "trending" not in crowds_of(library_of(two_scenes(40)))[0].names


def people(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "listener_id": [f"l{who:03}" for who in range(n)],
            "country": ["se" if who % 2 else "DE" for who in range(n)],
            "birth_year": [1999 if who % 2 else None for who in range(n)],
        }
    )


def test_countries_and_ages_have_their_own():
    crowds, items = crowds_of(library_of(two_scenes(40, ago=0), people(40)))
    assert [name for name in crowds.names if not name.startswith("community")] == [
        "overall", "trending", "country-DE", "country-SE", "age-20-29",
    ]  # fmt: skip
    odd = pytest.approx({f"o{song}": 1 for song in range(4)})
    assert top_of(crowds, items, "country-DE") == pytest.approx({f"e{song}": 1 for song in range(4)})
    assert top_of(crowds, items, "country-SE") == odd  # "own" has one listener: that shows in the whole only
    assert top_of(crowds, items, "age-20-29") == odd
    assert top_of(crowds, items, "overall")["own"] == pytest.approx(1 / 40)


def test_a_country_of_nineteen_does_not_show():
    crowds, _ = crowds_of(library_of(two_scenes(39, ago=0), people(39)))
    assert "country-DE" in crowds.names
    assert "country-SE" not in crowds.names


def test_countries_fade_by_half_in_sixty_days():
    rows = [*two_scenes(40, ago=60), ("l000", "today", 0)]
    crowds, items = crowds_of(library_of(rows, people(40)))
    assert top_of(crowds, items, "country-SE") == pytest.approx({f"o{song}": 0.5 for song in range(4)})


def test_communities_are_those_who_play_the_same():
    n = 200
    crowds, items = crowds_of(library_of(two_scenes(n)))
    communities = [name for name in crowds.names if name.startswith("community")]
    assert communities == ["community-0", "community-1"]
    found = [set(top_of(crowds, items, name)) for name in communities]
    assert sorted(map(sorted, found)) == [[f"{scene}{song}" for song in range(4)] for scene in "eo"]
    assert [int(crowds.sizes[crowds.group(name)]) for name in communities] == [100, 100]
    assert np.linalg.norm(crowds.centroids, axis=1) == pytest.approx([1, 1])
    assert crowds.players.dtype == np.int32
    assert sorted(crowds.players.toarray().tolist()) == [[0] * 4 + [100] * 4 + [0], [100] * 4 + [0] * 4 + [0]]
    space = make_space(Interactions.from_library(library_of(two_scenes(n))), None)
    for row, played in enumerate(found):
        item = items.index(min(played))
        assert crowds.centroids[row] @ space.vectors[item] == pytest.approx(1, abs=1e-3)


def test_players_are_counted_from_twenty_on():
    rows = (
        two_scenes(60)
        + [(f"l{n:03}", "nineteen", None) for n in range(19)]
        + [(f"l{n:03}", "twenty", None) for n in range(20)]
    )
    crowds, items = crowds_of(library_of(rows))
    [row] = crowds.players.toarray()
    assert dict(zip(items, row.tolist(), strict=True)) == {
        **{f"{scene}{song}": 30 for scene in "eo" for song in range(4)}, "nineteen": 0, "own": 0, "twenty": 20,
    }  # fmt: skip


def test_at_most_three_hundred_items_stand_in_a_row():
    rows = [(f"l{n:02}", f"t{(n + song) % 400:03}", None) for n in range(20) for song in range(350)]
    crowds, _ = crowds_of(library_of(rows))
    assert np.diff(crowds.top.indptr).max() == 300


def test_listeners_of_artists_have_crowds_of_artists():
    artists = [("ann" if n % 2 else "bob", f"l{n:02}") for n in range(40)]
    listens = pl.DataFrame(artists, schema=["artist_id", "listener_id"], orient="row")
    crowds, items = crowds_of(
        Library.of(listens=listens, listeners=people(40).with_columns(pl.col("listener_id").str.replace("l0", "l")))
    )
    assert items == ["ann", "bob"]
    assert top_of(crowds, items, "country-SE") == pytest.approx({"ann": 1})


def test_of_playlists_there_are_communities_but_no_countries():
    playlists = pl.DataFrame(
        {"playlist_id": [f"l{n:03}" for n in range(30)], "listener_id": ["l001"] * 30, "track_ids": [["a", "b"]] * 30}
    )
    crowds, items = crowds_of(Library.of(playlists=playlists, listeners=people(30)))
    assert crowds.names == ("overall", "community-0")
    assert top_of(crowds, items, "community-0") == pytest.approx({"a": 1, "b": 1})


def test_without_listening_there_are_no_crowds():
    library = Library.of(tracks=pl.DataFrame({"track_id": ["t"], "title": ["T"]}))
    crowds, _ = crowds_of(library, whole_catalogue=True)
    assert crowds.names == ()
    assert crowds.top.shape == crowds.players.shape == (0, 1)
    assert crowds.centroids.shape == (0, 0)


@pytest.mark.parametrize("n", [10, 200])
def test_what_is_saved_is_read_back_and_the_same_input_gives_the_same_bits(tmp_path, n):
    library = library_of(two_scenes(n, ago=3), people(n))
    interactions = Interactions.from_library(library)
    space = make_space(interactions, None)
    one, other = (make_crowds(library, interactions, space, seed=1) for _ in range(2))
    assert one.names == other.names
    assert one.centroids.tobytes() == other.centroids.tobytes()
    assert one.top.data.tobytes() == other.top.data.tobytes()
    save_record(one, tmp_path / "crowds")
    loaded = load_record(Crowds, tmp_path / "crowds")
    assert loaded.names == one.names
    np.testing.assert_array_equal(loaded.sizes, one.sizes)
    np.testing.assert_array_equal(loaded.top.indices, one.top.indices)
    np.testing.assert_array_equal(loaded.players.toarray(), one.players.toarray())
    np.testing.assert_array_equal(loaded.centroids, one.centroids)


def test_times_of_what_is_no_item_say_nothing():
    who = [f"l{n:02}" for n in range(20)]
    named = pl.DataFrame({"listener_id": who, "artist_id": ["ann"] * 20})
    timed = pl.DataFrame({"listener_id": who, "track_id": ["whose?"] * 20, "time": [NOW] * 20})
    crowds, items = crowds_of(Library.of(listens=named).merge(Library.of(listens=timed)), level="artist")
    assert "trending" not in crowds.names
    assert top_of(crowds, items, "overall") == pytest.approx({"ann": 1})

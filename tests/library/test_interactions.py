import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import NotEnoughData, NotFound
from segue.library import Interactions, Library


def entries(interactions: Interactions) -> dict[tuple[str, str], float]:
    found = interactions.matrix.tocoo()
    return {
        (str(interactions.listener_ids[row]), str(interactions.item_ids[column])): float(value)
        for row, column, value in zip(found.row, found.col, found.data, strict=True)
    }


def test_listens_at_track_level_leave_out_skips(small_library):
    interactions = Interactions.from_library(small_library)
    assert interactions.level == "track"
    assert entries(interactions) == {("u1", "t1"): 2, ("u2", "t3"): 1, ("u3", "t4"): 1}


def test_skips_can_count_against(small_library):
    interactions = Interactions.from_library(small_library, skip_weight=-0.5)
    assert entries(interactions)["u1", "t2"] == -0.5
    assert entries(interactions.with_matrix(interactions.positive)) == {
        ("u1", "t1"): 2, ("u2", "t3"): 1, ("u3", "t4"): 1,
    }  # fmt: skip


def test_at_artist_and_release_level_plays_add_up(small_library):
    assert entries(Interactions.from_library(small_library, "artist", skip_weight=1)) == {
        ("u1", "a1"): 3, ("u2", "a2"): 1, ("u3", "a3"): 1,
    }  # fmt: skip
    assert entries(Interactions.from_library(small_library, "release", skip_weight=1)) == {
        ("u1", "r1"): 3, ("u2", "r2"): 1,
    }  # fmt: skip


def test_feedback_and_playlists_are_interactions_too(small_library):
    assert entries(Interactions.from_library(small_library, signal="feedback")) == {("u1", "t3"): 1, ("u2", "t1"): -1}
    assert entries(Interactions.from_library(small_library, signal="playlists")) == {
        ("p1", "t1"): 2, ("p1", "t2"): 1, ("p2", "t4"): 1,
    }  # fmt: skip


def test_ratings_are_weights():
    library = Library.of(
        feedback=pl.DataFrame({"listener_id": ["u"], "track_id": ["t"], "kind": ["rating"], "rating": [3.5]})
    )
    assert entries(Interactions.from_library(library)) == {("u", "t"): 3.5}


def test_time_decay_halves_with_the_half_life(small_library):
    weights = entries(Interactions.from_library(small_library, half_life_days=1))
    assert weights["u3", "t4"] == 1
    assert weights["u2", "t3"] == 0.5
    assert weights["u1", "t1"] == pytest.approx(0.5**4 + 0.5**3)


def test_listens_that_name_only_artists_are_taken_at_artist_level():
    library = Library.of(listens=pl.DataFrame({"listener_id": ["u"], "artist_id": ["a"], "plays": [7]}))
    interactions = Interactions.from_library(library)
    assert interactions.level == "artist"
    assert entries(interactions) == {("u", "a"): 7}


def test_an_empty_library_says_what_is_missing():
    with pytest.raises(NotEnoughData, match="no listens at artist level"):
        Interactions.from_library(Library())


def test_ids_are_found_and_unknown_ones_named(small_library):
    interactions = Interactions.from_library(small_library)
    assert interactions.item_index(["t4", "t1"]).tolist() == [3, 0]
    with pytest.raises(NotFound, match="no item 't9'"):
        interactions.item_index(["t9"])
    with pytest.raises(NotFound, match="no listener 'zz'"):
        interactions.listener_index(["zz"])


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=4), st.text(min_size=1, max_size=4), st.integers(1, 9)), min_size=1)
)
def test_ids_survive_whatever_they_are(rows):
    listener_ids, track_ids, plays = map(list, zip(*rows, strict=True))
    frame = pl.DataFrame({"listener_id": listener_ids, "track_id": track_ids, "plays": plays})
    expected: dict[tuple[str, str], float] = {}
    for listener, track, count in rows:
        expected[listener, track] = expected.get((listener, track), 0) + count
    interactions = Interactions.from_library(Library.of(listens=frame))
    assert entries(interactions) == expected
    assert list(interactions.item_ids) == sorted(set(track_ids), key=lambda text: text.encode())


def test_the_order_of_rows_changes_nothing(small_library):
    turned = Library.of(listens=small_library.listens.reverse(), tracks=small_library.tracks)
    one, other = Interactions.from_library(small_library), Interactions.from_library(turned)
    assert np.array_equal(one.matrix.toarray(), other.matrix.toarray())
    assert one.item_ids.tolist() == other.item_ids.tolist()


def test_order_is_that_of_first_plays_and_follows_the_entries_that_stay(small_library):
    interactions = Interactions.from_library(small_library, skip_weight=1, ordered=True)
    assert entries(interactions.with_matrix(interactions.order)) == {
        ("u1", "t1"): 1, ("u1", "t2"): 2, ("u2", "t3"): 1, ("u3", "t4"): 1,
    }  # fmt: skip
    later_only = interactions.matrix.copy()
    later_only[0, 0] = 0
    later_only.eliminate_zeros()
    kept = interactions.with_matrix(later_only)
    assert entries(kept.with_matrix(kept.order)) == {("u1", "t2"): 1, ("u2", "t3"): 1, ("u3", "t4"): 1}


def test_order_comes_from_positions_where_there_are_no_times_and_is_unknown_without_either():
    frame = pl.DataFrame({"listener_id": ["u"] * 3, "track_id": ["c", "a", "b"], "position": [0, 1, 2]})
    sequences = Interactions.from_library(Library.of(listens=frame), ordered=True).sequences()
    assert sequences is not None
    assert sequences.indices.tolist() == [2, 0, 1]
    assert Interactions.from_library(Library.of(listens=frame.drop("position")), ordered=True).sequences() is None


def test_playlists_have_the_order_of_their_tracks(small_library):
    turned = Library.of(playlists=pl.DataFrame({"playlist_id": ["p"], "track_ids": [["t2", "t9", "t1", "t2"]]}))
    interactions = Interactions.from_library(turned, ordered=True)
    sequences = interactions.sequences()
    assert interactions.item_ids[sequences.indices].tolist() == ["t2", "t9", "t1"]


def feedback(**columns: list) -> Library:
    n = len(columns["track_id"])
    return Library.of(feedback=pl.DataFrame({"listener_id": ["u"] * n, **columns}))


def test_the_last_thing_said_of_an_item_holds():
    times = pl.Series(["2024-01-02", "2024-01-01", "2024-01-01"]).str.to_datetime(time_zone="UTC")
    said = feedback(track_id=["t", "t", "v"], kind=["dislike", "like", "like"], time=times)
    assert entries(Interactions.from_library(said)) == {("u", "t"): -1, ("u", "v"): 1}
    rated = feedback(track_id=["t", "t", "v"], kind=["rating"] * 3, rating=[5.0, 4.0, 0.0], time=times)
    assert entries(Interactions.from_library(rated)) == {("u", "t"): 5, ("u", "v"): 0}


def test_what_has_expired_does_not_count():
    past = pl.Series(["2020-01-01", None]).str.to_datetime(time_zone="UTC")
    said = feedback(track_id=["t", "v"], kind=["never", "like"], expires=past)
    assert entries(Interactions.from_library(said)) == {("u", "v"): 1}


def test_chosen_columns_stay_sorted_whatever_their_order(small_library):
    turned = Interactions.from_library(small_library, ordered=True).items(np.array([3, 1, 0, 2]))
    for row in range(turned.n_listeners):
        columns = turned.matrix.indices[turned.matrix.indptr[row] : turned.matrix.indptr[row + 1]]
        assert (np.diff(columns) > 0).all()


def test_the_whole_catalogue_has_columns_for_what_nobody_has_played(small_library):
    part = Interactions.from_library(small_library, "track")
    whole = Interactions.from_library(small_library, "track", whole_catalogue=True, ordered=True)
    assert set(whole.item_ids) >= set(small_library.tracks["track_id"])
    assert list(whole.item_ids) == sorted(whole.item_ids)
    places = whole.item_index(list(part.item_ids))
    assert (whole.matrix[:, places].toarray() == part.matrix.toarray()).all()
    assert whole.matrix.nnz == part.matrix.nnz


def test_a_catalogue_without_listening_has_items_and_no_listeners(small_library):
    bare = Library.of(tracks=small_library.tracks, artists=small_library.artists)
    found = Interactions.from_library(bare, whole_catalogue=True)
    assert found.matrix.shape == (0, 4)
    assert found.level == "track"


def test_listens_to_artists_are_no_signal_for_tracks(small_library):
    frames = {table.name: frame for table, frame in small_library.frames()}
    schema, artist = frames["listens"].schema, small_library.artists["artist_id"][0]
    frames["listens"] = frames["listens"].with_columns(
        track_id=pl.lit(None, schema["track_id"]), artist_id=pl.lit(artist).cast(schema["artist_id"])
    )
    frames["feedback"] = frames["feedback"].clear()
    library = Library(**frames)
    assert Interactions.from_library(library, "track").signal == "playlists"
    assert Interactions.from_library(library, "artist").signal == "listens"

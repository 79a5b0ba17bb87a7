import numpy as np
import polars as pl
import pytest
from scipy import sparse

from segue.errors import BadSnapshot
from segue.features import FeatureGroup, ItemFeatures, item_features
from segue.features.likeness import shared
from segue.library import Interactions, Library

LN2 = np.log(2)


def catalogue(**more: pl.DataFrame) -> Library:
    return Library.of(
        **{
            "artists": pl.DataFrame({"artist_id": ["a1", "a2"], "name": ["Anna", "Bo"], "genres": [["Hip-Hop"], None]}),
            "releases": pl.DataFrame({"release_id": ["r1"], "title": ["One"], "label": ["Tiny"], "date": ["2001-05-05"]})
            .with_columns(pl.col("date").str.to_date()),
            "tracks": pl.DataFrame(
                {
                    "track_id": ["t1", "t2", "t3", "t4"],
                    "title": ["First", "Second", "Third", "Fourth"],
                    "artist_ids": [["a1"], ["a1", "a2"], ["a2"], ["a2"]],
                    "release_id": ["r1", "r1", None, None],
                    "genres": [["rock"], None, ["hip hop"], None],
                    "energy": [1.0, 0.5, None, 0.0],
                    "kind": ["original", "live", "original", "original"],
                    "explicit": [True, None, False, None],
                    "duration_ms": [120_000, None, 240_000, 0],
                    "sound": [[0.0, 1.0], [2.0, 1.0], None, None],
                }
            ),
        }
        | more
    )  # fmt: skip


def features_of(library: Library, **how) -> ItemFeatures:
    found = item_features(library, Interactions.from_library(library, "track", whole_catalogue=True, **how))
    assert found is not None
    return found


def row(features: ItemFeatures, group: str, item: int) -> dict[str, float]:
    found = features.group(group)
    assert found is not None, group
    return found.raw(item)


def test_numbers_are_standard_scores_that_remember_their_scale_and_what_is_missing():
    features = features_of(catalogue())
    audio = features.group("audio")
    assert audio is not None
    assert audio.names == ("energy",)
    assert audio.centre is not None
    assert audio.spread is not None
    assert audio.centre[0] == pytest.approx(0.5)
    assert audio.spread[0] == pytest.approx(np.sqrt(1 / 6))
    assert row(features, "audio", 0) == {"energy": pytest.approx(1.0)}
    assert row(features, "audio", 1) == {"energy": pytest.approx(0.5)}  # the mean is known; it is not nothing
    assert row(features, "audio", 2) == {}


def test_a_length_of_nothing_is_not_known_and_the_year_may_be_that_of_the_release():
    features = features_of(catalogue())
    assert row(features, "numeric", 0) == {"year": 2001, "length": pytest.approx(np.log(120_000))}
    assert row(features, "numeric", 3) == {}


def test_a_track_borrows_the_genres_of_its_artists_and_spellings_are_one():
    features = features_of(catalogue())
    # t4 has no genre; of Bo's tracks, t3 is hip hop.
    assert set(row(features, "genres", 3)) == set(row(features, "genres", 2))
    # Anna is Hip-Hop in the artists table, t3 is "hip hop" in the tracks: one column.
    group = features.group("genres")
    assert group is not None
    assert len(group.names) == 2
    assert row(features, "genres", 0)["rock"] > row(features, "genres", 1)["rock"]


def test_credits_are_what_two_items_share():
    features = features_of(catalogue())
    assert row(features, "artists", 1) == {"Anna": 1, "Bo": 1}
    assert row(features, "releases", 0) == row(features, "releases", 1) == {"One": 1}
    assert row(features, "labels", 2) == {}


def test_facts_are_kind_language_and_explicitness():
    features = features_of(catalogue())
    assert row(features, "facts", 0) == {"explicit": pytest.approx(LN2)}
    assert row(features, "facts", 1) == {"live": pytest.approx(LN2)}


def test_every_group_says_where_it_comes_from():
    for group in features_of(catalogue()).groups:
        assert all("." in part for part in group.source.split(";")[0].split(", ")), group.name


def test_words_of_playlists_are_features_but_not_where_playlists_are_learned_from():
    playlists = pl.DataFrame(
        {
            "playlist_id": [f"p{n}" for n in range(8)],
            "title": ["Gym", "gym time", "Gym!", "my gym", "sleep", "sleepy sleep", "Sleep", "sleep now"],
            "listener_id": [f"u{n}" for n in range(8)],
            "track_ids": [["t1", "t2"]] * 4 + [["t3"]] * 4,
        }
    )
    listens = pl.DataFrame({"listener_id": ["u1"], "track_id": ["t1"]})
    library = catalogue(playlists=playlists, listens=listens)
    assert "gym" in row(features_of(library), "playlists", 0)
    assert row(features_of(library), "playlists", 3) == {}
    assert features_of(library, signal="playlists").group("playlists") is None


def test_what_a_listener_called_a_hidden_track_is_left_out():
    listens = pl.DataFrame({"listener_id": ["u1", "u2"], "track_id": ["t1", "t1"]})
    taggings = pl.DataFrame({"listener_id": ["u1", "u2"], "track_id": ["t1", "t1"], "tag": ["secret", "loud"]})
    library = catalogue(listens=listens, taggings=taggings)
    interactions = Interactions.from_library(library, "track")
    hidden = sparse.csr_array(np.array([[1.0], [0.0]]))  # t1 is hidden from u1
    features = item_features(library, interactions, hidden)
    assert features is not None
    assert set(row(features, "tags", 0)) == {"loud"}


def test_an_artist_has_the_features_of_their_tracks():
    library = catalogue(listens=pl.DataFrame({"listener_id": ["u", "u"], "track_id": ["t1", "t3"]}))
    features = item_features(library, Interactions.from_library(library, "artist"))
    assert features is not None
    assert row(features, "audio", 0) == {"energy": pytest.approx(0.75)}
    assert set(row(features, "genres", 0)) == {"rock"} | (set(row(features, "genres", 1)))


def test_levels_without_tags_of_their_own_have_features_too():
    library = catalogue(listens=pl.DataFrame({"listener_id": ["u", "u"], "track_id": ["t1", "t2"]}))
    features = item_features(library, Interactions.from_library(library, "release"))
    assert features is not None
    assert row(features, "genres", 0)


def test_saved_and_loaded_features_are_the_same(tmp_path):
    features = features_of(catalogue())
    features.save(tmp_path / "features")
    again = ItemFeatures.load(tmp_path / "features", features.item_ids)
    assert [group.name for group in again.groups] == [group.name for group in features.groups]
    for before, after in zip(features.groups, again.groups, strict=True):
        assert (before.kind, before.source, before.names) == (after.kind, after.source, after.names)
        assert np.array_equal(before.matrix.toarray(), after.matrix.toarray())
        assert before.raw(0) == after.raw(0)


def test_damaged_features_are_refused(tmp_path):
    features_of(catalogue()).save(tmp_path / "features")
    (tmp_path / "features" / "0.indices.npy").write_bytes(b"")
    with pytest.raises(BadSnapshot, match="does not hold features"):
        ItemFeatures.load(tmp_path / "features", np.array(["t1", "t2", "t3", "t4"], dtype=object))


def two_groups() -> ItemFeatures:
    words = sparse.csr_array(np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=np.float32))
    numbers = sparse.csr_array(np.array([[1, 0.5], [1, 0.5], [-1, 2]], dtype=np.float32))
    ones = np.ones(3, dtype=np.float32)
    groups = (
        FeatureGroup("tags", words, ("slow", "dark", "loud"), ones, source="x.y"),
        FeatureGroup("audio", numbers, ("tempo", "energy"), ones[:2], "numbers", "x.y", np.array([120.0, 0.5]),
                     np.array([20.0, 0.2])),
        FeatureGroup("artists", sparse.csr_array(np.array([[1], [1], [0]], dtype=np.float32)), ("Anna",), ones[:1],
                     "credits", "x.y"),
    )  # fmt: skip
    return ItemFeatures(np.array(["i", "j", "k"], dtype=object), groups)


def test_what_two_items_share_is_named_with_shares_that_add_up():
    [found] = shared(two_groups(), np.array([0]), np.array([1]))
    by_name = {one.group: one for one in found}
    assert by_name["tags"].likeness == pytest.approx(1 / np.sqrt(2))
    assert by_name["audio"].likeness == pytest.approx(1)
    assert by_name["artists"].what == ("Anna",)
    assert by_name["tags"].what == ("slow",)
    assert by_name["audio"].what == ("tempo 140 / 140", "energy 0.6 / 0.6")
    assert sum(one.share for one in found) == pytest.approx(1)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)


def test_what_is_not_alike_is_not_named():
    [found] = shared(two_groups(), np.array([0]), np.array([2]))
    assert "tags" not in {one.group for one in found}


def test_stacked_descriptions_leave_out_whose_an_item_is():
    features = two_groups()
    assert features.stacked().shape == (3, 5)
    alike = features.stacked() @ features.stacked().T
    assert alike[0, 1] == pytest.approx(1 / np.sqrt(2) + 1)
    assert features.stacked({"artists": 2.0}).toarray().ravel().tolist() == [2, 2, 0]


def test_the_words_of_a_song_are_counted_in_words():
    numbers = sparse.csr_array(np.ones((2, 1), dtype=np.float32))
    ones = np.ones(1, dtype=np.float32)
    group = FeatureGroup("lyrics", numbers, ("words",), ones, "numbers", "x.y", np.log1p([299.0]) - 1, ones)
    [found] = shared(ItemFeatures(np.array(["i", "j"], dtype=object), (group,)), np.array([0]), np.array([1]))
    assert found[0].what == ("words 299 / 299",)


def test_features_can_be_made_anew_without_what_hidden_pairs_would_tell():
    listens = pl.DataFrame({"listener_id": ["u1", "u2"], "track_id": ["t1", "t2"]})
    taggings = pl.DataFrame({"listener_id": ["u1", "u2"], "track_id": ["t1", "t2"], "tag": ["secret", "loud"]})
    library = catalogue(listens=listens, taggings=taggings)
    interactions = Interactions.from_library(library, "track")
    features = item_features(library, interactions)
    assert features is not None
    hidden = sparse.csr_array(np.array([[1.0, 0.0], [0.0, 0.0]]))
    kept = features.items(np.array([1, 0])).without(interactions, hidden)
    assert kept is not None
    assert set(row(kept, "tags", 0)) == {"loud"}
    assert "secret" not in row(kept, "tags", 1)
    assert list(kept.item_ids) == ["t2", "t1"]
    again = kept.without(interactions, sparse.csr_array(np.array([[0.0, 0.0], [0.0, 1.0]])))
    assert again is not None
    assert again.group("tags") is None


def test_what_no_listener_said_needs_no_making_anew():
    features = features_of(catalogue())
    assert features.without(Interactions.from_library(catalogue(), "track", whole_catalogue=True), None) is features


def test_instruments_are_words_of_a_track():
    played = pl.Series([["Cello", "piano"], ["cello"], None, None])
    found = features_of(catalogue(tracks=catalogue().tracks.with_columns(instruments=played)))
    group = found.group("instruments")
    assert group is not None
    assert group.source == "tracks.instruments"
    assert [set(row(found, "instruments", item)) for item in range(3)] == [{"Cello", "piano"}, {"Cello"}, set()]
    assert features_of(catalogue()).group("instruments") is None

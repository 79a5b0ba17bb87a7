from datetime import date
from math import log, sqrt

import polars as pl
import pytest

from segue.features.metadata import FACTS, collaborations, track_facts
from segue.library import Library


@pytest.fixture
def library() -> Library:
    return Library.of(
        artists=pl.DataFrame({"artist_id": ["a", "b", "c", "d"], "name": ["Ada", "Bo", "Cyd", "Dex"]}),
        releases=pl.DataFrame(
            {"release_id": ["r1", "r2"], "title": ["One", "Two"], "date": [date(1989, 12, 31), None],
             "label": ["Lantern", None]}
        ),
        tracks=pl.DataFrame(
            {
                "track_id": ["t3", "t1", "t2", "t4"],
                "title": ["Third", "First", "Second", "Fourth"],
                "artist_ids": [["a", "b"], ["a"], None, ["a", "b"]],
                "featured_artist_ids": [["c", "a"], None, None, None],
                "release_id": ["r1", "r1", "r2", None],
                "date": [date(2010, 1, 1), None, None, None],
                "duration_ms": [120_000, 480_000, None, 0],
                "language": ["en", None, None, None],
                "kind": ["live", None, None, None],
                "explicit": [True, False, None, None],
                "popularity": [12.5, None, None, None],
            },
            schema_overrides={"featured_artist_ids": pl.List(pl.String)},
        ),
        relations=pl.DataFrame(
            {
                "artist_id": ["a", "d", "b", "c"],
                "other_artist_id": ["b", "a", "d", "d"],
                "kind": ["collaboration", "member", "similar", "collaboration"],
            }
        ),
    )  # fmt: skip


def test_facts_stand_in_catalogue_order_with_nulls_where_nothing_is_known(library):
    facts = track_facts(library)
    assert facts.schema == FACTS
    assert facts["track_id"].to_list() == ["t3", "t1", "t2", "t4"]
    assert facts["year"].to_list() == [2010, 1989, None, None]
    assert facts["decade"].to_list() == [2010, 1980, None, None]
    assert facts["label"].to_list() == ["Lantern", "Lantern", None, None]
    assert facts["kind"].to_list() == ["live", None, None, None]
    assert facts["explicit"].to_list() == [True, False, None, None]
    assert facts["credited_artist_ids"].to_list() == [["a", "b", "c"], ["a"], None, ["a", "b"]]


def test_lengths_are_classed_and_scored_on_a_scale_of_ratios(library):
    facts = track_facts(library)
    assert facts["length_class"].to_list() == ["short", "very long", None, None]
    assert facts["length_score"].to_list() == [-1.0, 1.0, None, None]  # two values lie one deviation from their mean


def test_three_lengths_have_the_scores_computed_by_hand():
    tracks = pl.DataFrame({"track_id": ["x", "y", "z"], "title": ["X", "Y", "Z"], "duration_ms": [100, 100, 800]})
    scores = track_facts(Library.of(tracks=tracks))["length_score"].to_list()
    deviation = sqrt(2) * log(8) / 3
    assert scores == pytest.approx([-log(8) / 3 / deviation] * 2 + [2 * log(8) / 3 / deviation], rel=1e-6)


def test_a_class_begins_where_it_says():
    tracks = pl.DataFrame(
        {"track_id": list("wxyz"), "title": list("WXYZ"), "duration_ms": [149_999, 150_000, 270_000, 480_000]}
    )
    assert track_facts(Library.of(tracks=tracks))["length_class"].to_list() == ["short", "usual", "long", "very long"]


def test_collaborations_count_shared_tracks_both_ways_and_keep_what_is_stated(library):
    found = {(one, other): tracks for one, other, tracks in collaborations(library).iter_rows()}
    assert found == {
        ("a", "b"): 2, ("b", "a"): 2, ("a", "c"): 1, ("c", "a"): 1, ("b", "c"): 1, ("c", "b"): 1,
        ("a", "d"): 0, ("d", "a"): 0, ("c", "d"): 0, ("d", "c"): 0,
    }  # fmt: skip


def test_those_who_share_most_come_first(library):
    with_a = collaborations(library).filter(pl.col("artist_id") == "a")
    assert with_a["other_artist_id"].to_list() == ["b", "c", "d"]


def test_a_track_with_a_crowd_is_no_collaboration():
    tracks = pl.DataFrame({"track_id": ["t"], "title": ["All"], "artist_ids": [[f"a{n}" for n in range(21)]]})
    assert collaborations(Library.of(tracks=tracks)).height == 0


def test_an_empty_library_has_no_facts():
    assert track_facts(Library()).schema == FACTS
    assert track_facts(Library()).height == 0
    assert collaborations(Library()).columns == ["artist_id", "other_artist_id", "tracks"]

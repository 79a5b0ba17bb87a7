from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.library import Library
from segue.library.sittings import sittings_of
from tests.effort import examples

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
MINUTE = 60
IDS = np.array(["a", "b", "c", "d"], dtype=object)


def library(*listens: tuple[str, str, float, float | None, bool | None], **tables: pl.DataFrame) -> Library:
    """Listens as (listener, track, second it began, seconds played, skipped)."""
    listener, track, began, lasted, skipped = zip(*listens, strict=True) if listens else [()] * 5
    frame = pl.DataFrame(
        {
            "listener_id": list(listener),
            "track_id": list(track),
            "time": [None if second is None else START + timedelta(seconds=second) for second in began],
            "ms_played": [None if seconds is None else round(seconds * 1000) for seconds in lasted],
            "skipped": list(skipped),
        },
        schema_overrides={"skipped": pl.Boolean, "ms_played": pl.Int32, "time": pl.Datetime("ms", "UTC")},
    )
    return Library.of(listens=frame, **tables)


def items(sittings) -> list[list[int]]:
    return [sittings.items[one:two].tolist() for one, two in zip(sittings.starts, sittings.starts[1:], strict=False)]


def test_a_pause_of_half_an_hour_after_the_end_of_a_listen_ends_the_sitting():
    end = 200 + 30 * MINUTE
    assert items(sittings_of(library(("u", "a", 0, 200, None), ("u", "b", end - 0.001, 200, None)), IDS)) == [[0, 1]]
    assert items(sittings_of(library(("u", "a", 0, 200, None), ("u", "b", end, 200, None)), IDS)) == [[0], [1]]


def test_the_pause_counts_from_the_beginning_where_nobody_knows_how_long_it_played():
    found = sittings_of(library(("u", "a", 0, None, None), ("u", "b", 30 * MINUTE, None, None)), IDS)
    assert items(found) == [[0], [1]]


def test_sittings_are_by_listener_and_then_by_time_whatever_the_order_of_rows():
    found = sittings_of(
        library(
            ("v", "c", 5, 100, None), ("u", "b", 9_000, 100, None), ("v", "d", 1, 3, None), ("u", "a", 0, 100, None)
        ),
        IDS,
    )
    assert items(found) == [[0], [1], [3, 2]]
    assert found.listener.tolist() == [0, 0, 1]
    assert found.begun().tolist() == [round(START.timestamp() * 1000) + second * 1000 for second in (0, 9_000, 1)]
    assert found.places().tolist() == [0, 0, 0, 1]
    assert found.sitting_of().tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("lasted", "said", "skipped"),
    [
        (10, None, True),
        (29.999, None, True),
        (30, None, False),
        (None, None, False),
        (200, True, True),
        (None, True, True),
        (10, False, False),
    ],
)
def test_what_is_a_skip(lasted, said, skipped):
    found = sittings_of(library(("u", "a", 0, lasted, said), ("u", "b", 300, 200, None)), IDS)
    assert found.skipped.tolist() == [skipped, False]
    assert found.played.tolist() == [not skipped, True]


def test_what_is_cut_short_at_the_end_of_a_sitting_says_nothing():
    found = sittings_of(library(("u", "a", 0, 5, True), ("u", "b", 6, 5, True), ("u", "c", 9_000, 5, None)), IDS)
    assert found.skipped.tolist() == [True, False, False]
    assert found.played.tolist() == [False, False, False]


def test_unknown_items_are_left_out_but_bridge_a_pause():
    listens = library(
        ("u", "a", 0, 60, None), ("u", "elsewhere", 20 * MINUTE, 60, None), ("u", "b", 40 * MINUTE, 60, None),
        ("u", "elsewhere", 90_000, 60, None),
    )  # fmt: skip
    assert items(sittings_of(listens, IDS)) == [[0, 1]]


def test_listens_without_a_time_belong_to_no_sitting():
    found = sittings_of(library(("u", "a", None, 60, None)), IDS)
    assert len(found) == 0
    assert found.starts.tolist() == [0]
    assert len(sittings_of(Library(), IDS)) == 0


def test_artists_and_releases():
    tracks = pl.DataFrame(
        {
            "track_id": ["t1", "t2"],
            "title": ["One", "Two"],
            "artist_ids": [["b", "a"], ["d"]],
            "release_id": ["c", None],
        }
    )
    made = library(("u", "t1", 0, 60, None), ("u", "t2", 60, 60, None), tracks=tracks)
    assert items(sittings_of(made, IDS, "artist")) == [[1, 3]]
    assert items(sittings_of(made, IDS, "release")) == [[2]]


def test_an_artist_stands_where_the_track_is_not_known():
    frame = pl.DataFrame({"listener_id": ["u"], "artist_id": ["c"], "time": [START]})
    assert items(sittings_of(Library.of(listens=frame), IDS, "artist")) == [[2]]


def test_split_at_a_time():
    found = sittings_of(library(("u", "a", 0, 60, None), ("u", "b", 100, 60, None), ("u", "c", 9_000, 60, None)), IDS)
    early, late = found.split((START.timestamp() + 100) * 1000)
    assert items(early) == [[0]]
    assert items(late) == [[2]]


listens = st.tuples(
    st.sampled_from("uvw"), st.sampled_from(["a", "b", "c", "x"]), st.integers(0, 9_000), st.none() | st.integers(0, 900),
    st.none() | st.booleans(),
)  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(listens, max_size=25, unique_by=lambda row: (row[0], row[2])))
def test_the_same_as_going_through_them_one_by_one(rows):
    """Beside a plain loop."""
    expected = []
    for listener in sorted({row[0] for row in rows}):
        sitting: list[tuple] = []
        for row in sorted((row for row in rows if row[0] == listener), key=lambda row: row[2]):
            if sitting and row[2] - (sitting[-1][2] + (sitting[-1][3] or 0)) >= 30 * MINUTE:
                expected.append(sitting)
                sitting = []
            sitting.append(row)
        expected.append(sitting)
    known = []
    for sitting in expected:
        entries = []
        for place, (_, track, _, lasted, said) in enumerate(sitting):
            cut = said if said is not None else lasted is not None and lasted < 30
            if track in IDS:
                entries.append((IDS.tolist().index(track), not cut, cut and place < len(sitting) - 1))
        known += [entries] if entries else []
    found = sittings_of(library(*rows), IDS)
    rows_found = list(zip(found.items.tolist(), found.played.tolist(), found.skipped.tolist(), strict=True))
    assert [rows_found[one:two] for one, two in zip(found.starts, found.starts[1:], strict=False)] == known

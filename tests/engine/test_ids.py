from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.engine.ids import Ids
from segue.errors import BadSnapshot
from segue.library.records import load_record, save_record

ANY_TEXT = st.text(st.characters(), max_size=8)
# Few letters, so that ids share beginnings and are beginnings of each other.
NEAR_TEXT = st.text(st.sampled_from("ab\0é€😀\ud800\uffff"), max_size=5)
TEXTS = st.sets(ANY_TEXT | NEAR_TEXT, max_size=60).map(sorted)


@given(TEXTS, st.lists(ANY_TEXT | NEAR_TEXT, max_size=20))
def test_places_are_those_of_the_sorted_list(known, wanted):
    ids = Ids.of(known)
    assert len(ids) == len(known)
    assert ids.places(known).tolist() == list(range(len(known)))
    assert ids.places(wanted).tolist() == [known.index(text) if text in known else -1 for text in wanted]
    assert [text in ids for text in wanted] == [text in known for text in wanted]


@given(TEXTS, st.data())
def test_names_are_what_was_put_in(known, data):
    ids = Ids.of(known)
    places = data.draw(st.lists(st.integers(0, len(known) - 1), max_size=20)) if known else []
    assert ids.names(places) == [known[place] for place in places]
    assert ids.places(ids.names(places)).tolist() == places


def test_an_id_that_begins_another_is_not_the_other():
    ids = Ids.of(["", "\0", "a", "a\0", "aa", "é"])
    wanted = ["aaa", "a\0\0", "e", "", "\0", "a\0"]
    assert ids.places(wanted).tolist() == [-1, -1, -1, 0, 1, 3]
    assert "" in ids
    assert 3 not in ids


def test_ids_whose_hashes_agree_are_still_two():
    # The upper half of their FNV-1a hashes is the same, and so are the slots in small tables.
    one, other = "1b830d41a6", "828fe75971"
    assert Ids.of([one, other]).places([other, one]).tolist() == [1, 0]
    assert Ids.of([one]).places([other, one]).tolist() == [-1, 0]
    assert Ids.of([other]).places([one, other]).tolist() == [-1, 0]


def test_no_ids_at_all():
    ids = Ids.of([])
    assert (len(ids), ids.places(["a", ""]).tolist(), ids.names([])) == (0, [-1, -1], [])
    assert Ids.of(["a"]).places([]).tolist() == []


def test_ids_come_back_from_disk(tmp_path):
    known = ["", "lark", "lärche", "雲雀"]
    save_record(Ids.of(sorted(known)), tmp_path / "ids")
    ids = load_record(Ids, tmp_path / "ids")
    assert ids.names(ids.places(known)) == known
    assert ids.places(["finch"]).tolist() == [-1]
    assert not ids.text.flags.writeable


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("offsets", np.array([0, 900, 8])), ("offsets", np.array([0, 4, 9])), ("offsets", np.zeros(0, np.int64)),
        ("table", np.zeros(4, np.uint64)), ("table", np.full(4, 7, np.uint64)), ("table", np.full(3, 2**64 - 1, np.uint64)),
        ("table", np.array([2, 2**64 - 1], np.uint64)), ("table", np.zeros(0, np.uint64)),
    ],
)  # fmt: skip
def test_what_is_damaged_on_disk_is_refused(name, values, tmp_path):
    save_record(Ids.of(["lark", "wren"]), tmp_path / "ids")
    np.save(tmp_path / "ids" / f"{name}.npy", values)
    with pytest.raises(BadSnapshot, match="Ids"):
        load_record(Ids, tmp_path / "ids")


@pytest.mark.parametrize("ids", [["b", "a"], ["a", "a"]])
def test_ids_must_be_sorted_and_distinct(ids):
    with pytest.raises(ValueError, match="sorted and distinct"):
        Ids.of(ids)


@pytest.mark.parametrize("place", [-1, 2])
def test_a_place_that_is_not_there_has_no_name(place):
    with pytest.raises(IndexError, match=f"no id at place {place}: there are 2"):
        Ids.of(["a", "b"]).names([0, place])


def test_code_points_and_bytes_agree_on_the_order():
    texts = sorted(["\uffff", "\U00010000", "\ue000", "\ud7ff", "z", "é"])
    encoded = [text.encode() for text in texts]
    assert all(one < other for one, other in pairwise(encoded))
    assert Ids.of(texts).places(texts).tolist() == [0, 1, 2, 3, 4, 5]

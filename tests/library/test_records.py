import json
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

from segue.errors import BadSnapshot
from segue.library.records import load_record, save_record


@dataclass(frozen=True, eq=False)
class Sample:
    numbers: np.ndarray
    table: sparse.csr_array
    words: tuple[str, ...]
    share: float


def sample() -> Sample:
    table = sparse.csr_array(np.array([[0, 2, 0], [1, 0, 3]], dtype=np.float32))
    return Sample(np.arange(6, dtype=np.int16).reshape(2, 3), table, ("å", ""), 0.25)


def test_what_was_saved_is_loaded_mapped_and_read_only(tmp_path):
    save_record(sample(), tmp_path / "one")
    found = load_record(Sample, tmp_path / "one")
    np.testing.assert_array_equal(found.numbers, sample().numbers)
    assert found.numbers.dtype == np.int16
    assert not found.numbers.flags.writeable
    np.testing.assert_array_equal(found.table.toarray(), sample().table.toarray())
    assert (found.words, found.share) == (("å", ""), 0.25)


def test_rows_keep_the_order_of_their_entries(tmp_path):
    """As the best-first rows of the catalogue need."""
    unsorted = sparse.csr_array((np.array([3.0, 1.0]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))
    save_record(Sample(np.zeros(0), unsorted, (), 0), tmp_path / "one")
    assert load_record(Sample, tmp_path / "one").table.indices.tolist() == [2, 0]


def test_empty_arrays_and_tables_are_kept(tmp_path):
    save_record(
        Sample(np.zeros((0, 4), np.float32), sparse.csr_array((0, 5), dtype=np.float32), (), 0), tmp_path / "one"
    )
    found = load_record(Sample, tmp_path / "one")
    assert found.numbers.shape == (0, 4)
    assert found.table.shape == (0, 5)


def test_an_array_of_objects_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        save_record(Sample(np.array([object()]), sample().table, (), 0), tmp_path / "one")


def _other_field(path):
    stored = json.loads((path / "record.json").read_text())
    (path / "record.json").write_text(json.dumps(stored | {"more": {"is": "value", "value": 1}}))


def _field_gone(path):
    stored = json.loads((path / "record.json").read_text())
    del stored["words"]
    (path / "record.json").write_text(json.dumps(stored))


def _array_gone(path):
    (path / "numbers.npy").unlink()


def _cut_short(path):
    data = (path / "table.data.npy").read_bytes()
    (path / "table.data.npy").write_bytes(data[:-4])


def _no_json(path):
    (path / "record.json").write_text("{")


def _a_list(path):
    (path / "record.json").write_text("[]")


def _outside(path):
    np.save(path / "table.indices.npy", np.array([1, 0, 3], dtype=np.int32))


def _wrong_rows(path):
    np.save(path / "table.indptr.npy", np.array([0, 3], dtype=np.int32))


def _backwards(path):
    np.save(path / "table.indptr.npy", np.array([0, 5, 3], dtype=np.int32))


def _pickled(path):
    np.save(path / "numbers.npy", np.array([{}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    "damage",
    [
        _other_field,
        _field_gone,
        _array_gone,
        _cut_short,
        _no_json,
        _a_list,
        _outside,
        _wrong_rows,
        _backwards,
        _pickled,
    ],
)
def test_what_is_damaged_is_refused_with_its_path_in_one_line(tmp_path, damage):
    save_record(sample(), tmp_path / "one")
    damage(tmp_path / "one")
    with pytest.raises(BadSnapshot) as told:
        load_record(Sample, tmp_path / "one")
    assert str(tmp_path / "one") in str(told.value)
    assert "\n" not in str(told.value)

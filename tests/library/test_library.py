import json
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from segue.errors import BadFile, InvalidTable
from segue.library import TABLES, Library
from segue.library.library import MANIFEST


def same(one: Library, other: Library) -> bool:
    return one.fingerprint() == other.fingerprint()


def test_every_column_is_documented():
    for table in TABLES.values():
        assert table.meaning
        assert all(column.meaning for column in table.columns)
        assert set(table.key) <= set(table.schema)


def test_listeners_who_only_listen_are_added(small_library):
    assert small_library.listeners["listener_id"].to_list() == ["u1", "u2", "u3"]
    assert small_library.counts()["listens"] == 5


def test_it_is_valid(small_library):
    assert small_library.validate() is small_library


def test_unknown_tables_and_columns_are_refused():
    with pytest.raises(InvalidTable, match="no table 'songs'"):
        Library.of(songs=pl.DataFrame())
    with pytest.raises(InvalidTable, match="tracks has no column 'bpm'"):
        Library.of(tracks=pl.DataFrame({"track_id": ["t"], "bpm": [120]}))


def test_values_of_the_wrong_type_are_refused_naming_the_column():
    with pytest.raises(InvalidTable, match="tracks, column duration_ms"):
        Library.of(tracks=pl.DataFrame({"track_id": ["t"], "duration_ms": ["long"]}))


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        ("tracks", {"energy": [None, 1.5, None, None]}, "tracks, row 1, column energy: is above 1"),
        ("tracks", {"kind": ["live", "b-side", None, None]}, "tracks, row 1, column kind: is not one of original"),
        ("tracks", {"title": ["a", None, "c", "d"]}, "tracks, row 1, column title: is missing"),
        ("tracks", {"track_id": ["t1", "t2", "t3", "t3"]}, "tracks, row 2, column track_id: is not unique"),
        ("tracks", {"release_id": ["r1", "r9", "r2", None]}, "tracks, row 1, column release_id: 'r9' is not in rele"),
        ("artists", {"name": ["Anna", "", "Cee"]}, "artists, row 1, column name: is empty"),
        ("playlists", {"track_ids": [["t1"], ["t7"]]}, "playlists, row 1, column track_ids: 't7' is not in tracks"),
    ],
)
def test_bad_rows_are_named_by_table_row_and_column(small_library, table, change, says):
    frame = getattr(small_library, table)
    columns = [pl.Series(name, values, dtype=frame.schema[name]) for name, values in change.items()]
    broken = replace(small_library, **{table: frame.with_columns(columns)})
    assert any(str(problem).startswith(says) for problem in broken.problems()), broken.problems()
    with pytest.raises(InvalidTable):
        broken.validate()


def test_a_listen_to_nothing_is_a_problem():
    library = Library.of(listens=pl.DataFrame({"listener_id": ["u"], "plays": [2]}))
    assert [str(problem) for problem in library.problems()] == [
        "listens, row 0, column track_id: is missing, and so is artist_id"
    ]


def test_saved_and_opened_it_is_the_same(small_library, tmp_path):
    small_library.save(tmp_path / "library")
    opened = Library.open(tmp_path / "library")
    assert same(opened, small_library)
    for table, frame in opened.frames():
        assert frame.schema == table.schema
        assert frame.cast({pl.Categorical: pl.String}).equals(
            getattr(small_library, table.name).cast({pl.Categorical: pl.String})
        )


def test_saving_over_it_leaves_no_stale_files_and_rewrites_only_what_changed(small_library, tmp_path):
    small_library.save(tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.parquet")}
    replace(small_library, playlists=small_library.playlists.head(1)).save(tmp_path)
    after = {path.name for path in tmp_path.glob("*.parquet")}
    assert len(after) == len(TABLES)
    assert len(after - set(before)) == 1
    assert Library.open(tmp_path).counts()["playlists"] == 1


def test_interrupted_before_the_manifest_is_replaced_the_old_library_opens(small_library, tmp_path, monkeypatch):
    small_library.save(tmp_path)

    def power_cut(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("segue.library.library.write_atomically", power_cut)
    with pytest.raises(KeyboardInterrupt):
        replace(small_library, listens=small_library.listens.head(2)).save(tmp_path)
    assert same(Library.open(tmp_path), small_library)


def test_a_missing_or_damaged_library_says_so_in_one_line(small_library, tmp_path):
    with pytest.raises(BadFile, match="holds no library: import something"):
        Library.open(tmp_path)
    small_library.save(tmp_path)
    [tracks] = tmp_path.glob("tracks.*.parquet")
    tracks.write_bytes(tracks.read_bytes()[:100])
    with pytest.raises(BadFile, match="damaged") as error:
        Library.open(tmp_path)
    assert "\n" not in str(error.value)
    (tmp_path / MANIFEST).write_text(json.dumps({"format": 99}))
    with pytest.raises(BadFile, match="format 99"):
        Library.open(tmp_path)


def test_merging_twice_changes_nothing(small_library):
    once = Library().merge(small_library)
    assert same(once, small_library)
    assert same(once.merge(small_library), once)


def test_the_newer_row_wins_and_keeps_what_it_does_not_know():
    old = Library.of(tracks=pl.DataFrame({"track_id": ["t", "u"], "title": ["Old", "U"], "isrc": ["X1", None]}))
    new = Library.of(tracks=pl.DataFrame({"track_id": ["t"], "title": ["New"], "energy": [0.5]}))
    merged = old.merge(new).tracks.sort("track_id")
    assert merged["title"].to_list() == ["New", "U"]
    assert merged["isrc"].to_list() == ["X1", None]
    assert merged["energy"].to_list() == [0.5, None]


def test_a_title_that_only_repeats_the_id_does_not_replace_a_real_one():
    real = Library.of(tracks=pl.DataFrame({"track_id": ["t"], "title": ["Lantern"]}))
    bare = Library.of(tracks=pl.DataFrame({"track_id": ["t"], "title": ["t"]}))
    assert real.merge(bare).tracks["title"].to_list() == ["Lantern"]
    assert bare.merge(real).tracks["title"].to_list() == ["Lantern"]
    assert bare.merge(bare).tracks["title"].to_list() == ["t"]


def test_a_timed_listen_is_one_event_and_a_newer_count_replaces_the_older():
    def listens(plays, source="s"):
        return Library.of(
            listens=pl.DataFrame(
                {
                    "listener_id": ["u", "u"], "track_id": ["t", "t"], "plays": [1, plays], "source": [source] * 2,
                    "time": [datetime(2024, 5, 1, tzinfo=UTC), None],
                }
            )
        )  # fmt: skip

    same_source = listens(5).merge(listens(7)).listens
    assert sorted(same_source["plays"].to_list()) == [1, 7]
    other_source = listens(5).merge(listens(7, "elsewhere")).listens
    assert sorted(other_source["plays"].to_list()) == [1, 5, 7]


def test_until_knows_nothing_of_later(small_library):
    before = small_library.until(datetime(2024, 1, 3, tzinfo=UTC))
    assert before.counts()["listens"] == 2
    assert before.counts()["feedback"] == 0
    assert before.counts()["tracks"] == 4


def test_fingerprints_ignore_order_but_not_content(small_library):
    turned = replace(small_library, tracks=small_library.tracks.reverse())
    assert same(turned, small_library)
    fewer = replace(small_library, tracks=small_library.tracks.head(3))
    assert not same(fewer, small_library)


def test_plays_without_time_or_place_add_up_and_merging_twice_still_changes_nothing():
    listens = pl.DataFrame({"listener_id": ["u"] * 3, "track_id": ["t", "v", "t"], "plays": [1, 1, 4]})
    library = Library.of(listens=listens)
    once = Library().merge(library)
    assert sorted(once.listens.select(pl.col("track_id").cast(pl.String), "plays").rows()) == [("t", 5), ("v", 1)]
    assert same(once.merge(library), once)
    placed = Library.of(listens=listens.with_columns(position=pl.Series([0, 1, 2])))
    assert same(placed.merge(placed), placed)


def test_saving_leaves_other_peoples_files_alone(small_library, tmp_path):
    (tmp_path / "thesis.parquet").write_bytes(b"mine")
    small_library.save(tmp_path)
    small_library.save(tmp_path)
    assert (tmp_path / "thesis.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("manifest", ["[]", '{"format": 1}', '{"format": 1, "tables": {"songs": "x"}}', "{"])
def test_a_damaged_manifest_is_one_clear_line(tmp_path, manifest):
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(BadFile):
        Library.open(tmp_path)

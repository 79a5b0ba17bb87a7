import gzip
import zipfile

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import BadFile
from segue.sources import delimited
from segue.sources.base import Rejects
from segue.sources.delimited import Field, Layout, read
from segue.sources.files import NamedFile, files_of
from segue.sources.ids import IdCodes, namespaced

PLAYS = Layout(
    "plays", (Field("user"), Field("song"), Field("plays", pl.Int32, minimum=1)), header=False, key=("user", "song")
)
RATINGS = Layout(
    "ratings",
    (
        Field("user"), Field("title", pl.String), Field("rating", pl.Float64, minimum=1, maximum=5),
        Field("note", pl.String, optional=True),
    ),
    separator=",", quoted=True, nulls=("NA",),
)  # fmt: skip


def read_text(tmp_path, text, layout, name="rows.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    rejects = Rejects()
    frame = read(NamedFile(path), layout, rejects)
    columns = [field.name for field in layout.fields]
    return frame.select(columns).rows(), [(reject.line, reject.why) for reject in rejects.rows]


GOOD = "a\tx\t1\nb\ty\t2\nc\tz\t3\nd\tz\t4\n"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("e\tx", "plays is missing"),
        ("e\tx\t1\t2", "has 4 fields, not 3"),
        ("e\tx\tmany", "plays 'many' is not a whole number"),
        ("e\tx\t1.5", "plays '1.5' is not a whole number"),
        ("e\tx\t-3", "plays '-3' is below 1"),
        ("e\tx\t0", "plays '0' is below 1"),
        ("e\tx\t99999999999", "plays '99999999999' is too large"),
        ("e\tx\t1_0", "plays '1_0' is not a whole number"),
        ("e\tx\t\u0663", "plays '\u0663' is not a whole number"),
        ("e\tx\t", "plays is missing"),
        ("\tx\t1", "user is missing"),
        ("=1+1\tx\t1", "user '=1+1' is not an id"),
        ("e\t@SUM(A1)\t1", "song '@SUM(A1)' is not an id"),
        ("e e\tx\t1", "user 'e e' is not an id"),
        ("e" * 200 + "\tx\t1", "user '" + "e" * 36 + "…' is not an id"),
        ("a\tx\t9", "repeats the user and song of an earlier row"),
        ("e\0\tx\tq", "has zero bytes: it is not text"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_field_and_the_others_stay(row, why, tmp_path):
    rows, rejects = read_text(tmp_path, f"{GOOD}{row}\nf\tx\t6\n", PLAYS)
    assert rejects == [(5, why)]
    assert rows == [("a", "x", 1), ("b", "y", 2), ("c", "z", 3), ("d", "z", 4), ("f", "x", 6)]


def test_text_that_is_not_utf8_is_rejected_unless_the_format_is_known_for_it(tmp_path):
    content = GOOD.encode() + "é\tx\t1\n".encode("latin-1")
    _, rejects = read_text(tmp_path, content, PLAYS)
    assert rejects == [(5, "is not UTF-8 text")]
    names = Layout("names", (Field("id"), Field("name", pl.String)), latin1=True)
    rows, rejects = read_text(tmp_path, "id\tname\n1\tÉmile\n".encode() + "2\tZoë\n".encode("latin-1"), names)
    assert rows == [("1", "Émile"), ("2", "Zoë")]
    assert rejects == []


def test_blank_lines_windows_line_ends_and_a_byte_order_mark_are_no_rows(tmp_path):
    rows, rejects = read_text(tmp_path, "\ufeffa\tx\t1\r\n\r\nb\ty\t2\r\n\r\n", PLAYS)
    assert rows == [("a", "x", 1), ("b", "y", 2)]
    assert rejects == []


def test_line_numbers_hold_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 64)
    lines = [f"user{number}\tsong\t{number + 1}" for number in range(100)]
    lines[70], lines[90] = "user70\tsong\tno", "user20\tsong\t5"
    rows, rejects = read_text(tmp_path, "\n".join(lines), PLAYS)
    assert rejects == [(71, "plays 'no' is not a whole number"), (91, "repeats the user and song of an earlier row")]
    assert len(rows) == 98
    assert rows[-1] == ("user99", "song", 100)


def test_quoted_fields_may_hold_separators_quotes_and_line_ends(tmp_path):
    text = 'user,title,rating,note\na,"One, Two",3,\nb,"Say ""hi""\nthere",4.5,NA\nc,Plain,9,x\nd,NA,1,\n'
    rows, rejects = read_text(tmp_path, text, RATINGS)
    assert rows == [("a", "One, Two", 3.0, None), ("b", 'Say "hi"\nthere', 4.5, None)]
    assert rejects == [(5, "rating '9.0' is above 5"), (6, "title is missing")]


def test_a_quote_that_is_never_closed_spoils_its_line_only(tmp_path):
    text = 'user,title,rating,note\na,One,3,\nb,"Two,3,\nc,Three,4,\nd,Four,5,\n'
    rows, rejects = read_text(tmp_path, text, RATINGS)
    assert [row[0] for row in rows] == ["a", "c", "d"]
    assert [line for line, _ in rejects] == [3]


def test_a_quote_at_the_very_end_is_a_bad_row(tmp_path):
    rows, rejects = read_text(tmp_path, 'user,title,rating,note\na,"One, Two",3,x\nb,Two,3,"', RATINGS)
    assert rows == [("a", "One, Two", 3.0, "x")]
    assert [line for line, _ in rejects] == [3]


def test_columns_are_found_by_name_and_optional_ones_may_be_absent(tmp_path):
    rows, _ = read_text(tmp_path, "extra,rating,user,title\n?,5,a,One\n", RATINGS)
    assert rows == [("a", "One", 5.0, None)]
    with pytest.raises(BadFile, match="has no column 'title'; it should be ratings"):
        read_text(tmp_path, "user,rating\na,5\n", RATINGS)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999", "0x5", "", "five"])
def test_what_is_no_number_is_rejected(number, tmp_path):
    rows, rejects = read_text(tmp_path, f"user,title,rating\na,One,5\nb,Two,{number}\n", RATINGS)
    assert len(rows) == 1
    assert [line for line, _ in rejects] == [3]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "has no rows"),
        (b"\n\n", "has no rows"),
        (GOOD.encode("utf-16"), "is UTF-16 text"),
        (
            b"some\nother\nfile\n",
            r"is not plays: 3 of 3 rows cannot be read, the first for this: line 1: song is missing",
        ),
        (bytes(range(256)) * 40, "is not plays"),
        (b"x" * (40 << 20), "longer than 16 MiB"),
    ],
)
def test_what_is_something_else_is_refused_in_one_line(content, why, tmp_path):
    with pytest.raises(BadFile, match=why) as raised:
        read_text(tmp_path, content, PLAYS)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"x\x01", b"x\x9c", b"\x28\xb5\x2f\xfd"])
def test_a_block_that_begins_like_packed_bytes_is_text_all_the_same(start, tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 1)
    rows, rejects = read_text(tmp_path, b"a\tx\t1\n" + start + b"\tx\t1\nb\tx\t1\n", PLAYS)
    assert [row[0] for row in rows] == ["a", "b"]
    assert [line for line, _ in rejects] == [2]


def test_half_the_rows_may_be_bad_but_not_more(tmp_path):
    rows, rejects = read_text(tmp_path, "a\tx\t1\nb\ty\tno\n", PLAYS)
    assert (len(rows), len(rejects)) == (1, 1)
    with pytest.raises(BadFile, match="2 of 3 rows"):
        read_text(tmp_path, "a\tx\t1\nb\ty\tno\nc\ty\tno\n", PLAYS)


def test_gzip_and_zip_are_read_and_one_that_breaks_off_keeps_what_came_before(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 1 << 12)
    text = "".join(f"user{number}\tsong{number * 7919 % 1009}\t{number + 1}\n" for number in range(3000))
    whole, _ = read_text(tmp_path, text, PLAYS)
    packed = gzip.compress(text.encode())
    assert read_text(tmp_path, packed, PLAYS, "rows.txt.gz") == (whole, [])
    some, rejects = read_text(tmp_path, packed[: len(packed) // 2], PLAYS, "rows.txt.gz")
    assert some == whole[: len(some)]
    assert len(some) > 500
    assert rejects[0][1].startswith("breaks off: ")
    with zipfile.ZipFile(tmp_path / "rows.zip", "w") as archive:
        archive.writestr("folder/Rows.TXT", text)
    member = files_of(tmp_path / "rows.zip")["rows.txt"]
    assert read(member, PLAYS, Rejects()).drop(delimited.LINE).rows() == whole


some_ids = st.lists(st.sampled_from([f"id{number}" for number in range(30)]), max_size=40)


@given(blocks=st.lists(some_ids, min_size=1, max_size=6), slots=st.sampled_from([1, 2, 8, 1024]))
def test_ids_encode_as_a_cast_does_however_many_share_a_slot(blocks, slots):
    codes = IdCodes(slots)
    for block in blocks:
        ids = pl.Series("ids", block, dtype=pl.String)
        assert codes.encode(ids).cast(pl.String).to_list() == block
    assert codes.encode(pl.Series(["a", None])).to_list() == ["a", None]


def test_ids_are_put_into_a_namespace_in_place():
    ids = pl.Series("user", ["b", "a", None, "b"], dtype=pl.Categorical())
    assert namespaced(ids, "set:user:").to_list() == ["set:user:b", "set:user:a", None, "set:user:b"]
    assert namespaced(ids.head(0), "set:user:").to_list() == []


rows_of_text = st.lists(
    st.tuples(
        st.from_regex(r"\A[0-9A-Za-z_]{1,8}\Z"),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(
            lambda text: text != "NA" and '"' not in text and text == text.strip()
        ),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=20,
)


@given(rows=rows_of_text)
def test_what_was_written_is_what_is_read(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    lines = ["user,title,rating", *(f'{user},"{title}",{rating}' for user, title, rating in rows)]
    found, rejects = read_text(folder, "\n".join(lines), RATINGS)
    assert rejects == []
    assert found == [(user, title, float(rating), None) for user, title, rating in rows]

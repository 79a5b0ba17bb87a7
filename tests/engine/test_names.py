import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.engine.names import Names


def table(rows: list[tuple[str, list[str | None] | None]]) -> pl.DataFrame:
    titles, artists = zip(*rows, strict=True) if rows else ((), ())
    return pl.DataFrame(
        {"title": titles, "artists": artists}, schema={"title": pl.String, "artists": pl.List(pl.String)}
    )


def test_titles_and_artists_in_any_order_and_more_than_once():
    names = Names.of(table([("Ålgräs", ["Zoë", "Abe"]), ("", []), ("日本", None), ("Four", ["Abe", None, "Zoë"])]))
    assert len(names) == 4
    wanted = np.array([3, 0, 2, 0, 1])
    assert names.titles_of(wanted) == ["Four", "Ålgräs", "日本", "Ålgräs", ""]
    assert names.artists_of(wanted) == [("Abe", "Zoë"), ("Zoë", "Abe"), (), ("Zoë", "Abe"), ()]
    assert names.titles_of(wanted[:0]) == names.artists_of(wanted[:0]) == []


def test_of_no_items_there_are_no_names():
    names = Names.of(table([]))
    assert len(names) == 0
    assert names.artists_of(np.zeros(0, np.int64)) == []


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@given(st.lists(st.tuples(text, st.none() | st.lists(st.none() | text, max_size=3)), max_size=6))
def test_what_goes_in_comes_out(rows):
    names = Names.of(table(rows))
    every = np.arange(len(rows))
    assert names.titles_of(every) == [title for title, _ in rows]
    assert names.artists_of(every) == [tuple(one for one in artists or [] if one is not None) for _, artists in rows]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title_offsets", [0, 1]), ("title_offsets", [1, 3]), ("title_offsets", [0, 5, 3]), ("title_offsets", []),
        ("artist_offsets", [0, 9]), ("credit_offsets", [0, 2]), ("credits", [1]), ("credits", [-1]),
    ],
)  # fmt: skip
def test_offsets_and_credits_that_point_outside_are_refused(name, value):
    good = Names.of(table([("abc", ["Artist"])]))
    fields = {field: getattr(good, field) for field in Names.__dataclass_fields__}
    with pytest.raises(ValueError, match=r"names|credits"):
        Names(**fields | {name: np.array(value, dtype=np.int64)})

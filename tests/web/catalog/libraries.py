"""Random small libraries, made from the tables' own definitions, and what the database makes of them."""

from datetime import date

import polars as pl
from hypothesis import strategies as st

from segue.library import Library
from segue.library.tables import NAMES, REPEATED_ID, TABLES, TAGS, TIME, VECTOR, Column
from segue.web.catalog.rows import MODELS, columns

KEYS = {"artists": "artist_id", "releases": "release_id", "tracks": "track_id", "listeners": "listener_id"}
_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_APART = {
    "listens": ("listener_id", "track_id", "artist_id", "time", "position", "source"),
    "feedback": ("listener_id", "track_id", "artist_id", "kind"),
    "taggings": ("listener_id", "track_id", "artist_id", "tag"),
    "playlists": ("playlist_id",), "relations": ("artist_id", "other_artist_id", "kind"), "files": ("path",),
}  # fmt: skip
_NUMBERS = {pl.Int8: 7, pl.Int16: 15, pl.Int32: 31, pl.Int64: 63}


@st.composite
def libraries(draw, generation: int = 0, repeated: bool = True) -> Library:
    """A library without anything wrong. Later generations were changed later; they name rows that earlier ones have too.

    Where rows are `repeated`, events say everything: what is null in one and not in another is a case of its own.
    """
    pools = {table: draw(st.lists(_key(table), min_size=1, max_size=4, unique=True)) for table in KEYS}
    rows = {table: [_row(draw, table, pools) | {KEYS[table]: key} for key in keys] for table, keys in pools.items()}
    for table, name in (("artists", "name"), ("releases", "title"), ("tracks", "title")):
        for row in rows[table]:
            row[name] = row[KEYS[table]] if draw(st.booleans()) else row[name]
    for table, apart in _APART.items():
        made = [_row(draw, table, pools, whole=repeated) for _ in range(draw(st.integers(0, 6)))]
        rows[table] = [_settled(table, row, pools, generation) for row in made]
        if not repeated:
            rows[table] = list({tuple(row[name] for name in apart): row for row in rows[table]}.values())
    return Library.of(**{table: _frame(table, found) for table, found in rows.items()})


def _frame(table: str, rows: list[dict]) -> pl.DataFrame:
    schema = {name: pl.Int64 if dtype == TIME else dtype for name, dtype in TABLES[table].schema.items()}
    return pl.DataFrame(rows, schema, orient="row")


def as_kept(library: Library) -> Library:
    """What the database tells apart: artists that are an empty list are not known; known ones have a list of guests."""
    tracks, playlists = library.tracks, library.playlists
    main, guests = pl.col("artist_ids"), pl.col("featured_artist_ids")
    tracks = tracks.with_columns(pl.when(main.list.len() > 0).then(main), pl.when(guests.list.len() > 0).then(guests))
    nothing = pl.lit([], dtype=NAMES)
    tracks = tracks.with_columns(pl.when(main.is_not_null()).then(pl.coalesce(guests, nothing)).otherwise(guests))
    kept = dict(zip(TABLES, (frame for _, frame in library.frames()), strict=True))
    return Library(**kept | {"tracks": tracks, "playlists": playlists.with_columns(pl.coalesce("track_ids", nothing))})


def _key(table: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{table}:{number}" for number in range(4)]) | _WORDS.filter(len)


def _row(draw, table: str, pools: dict[str, list[str]], whole: bool = False) -> dict:
    return {column.name: draw(_value(table, column, pools, whole)) for column in TABLES[table].columns}


def _value(table: str, column: Column, pools: dict[str, list[str]], whole: bool) -> st.SearchStrategy:
    refers_to = column.refers_to and column.refers_to.split(".")[0]
    if refers_to:
        found = st.sampled_from(pools[refers_to])
        found = st.lists(found, max_size=4) if column.dtype == NAMES else found
    elif column.values:
        found = st.sampled_from(column.values)
    else:
        found = _of_type(table, column)
    # What an event is of may be null; that it is of something is seen to later.
    said = (
        whole
        and table not in {"playlists", "files"}
        and column.name not in {"track_id", "artist_id", "time", "position"}
    )
    return found if column.required or said else st.none() | found


def _of_type(table: str, column: Column) -> st.SearchStrategy:
    if column.dtype in (pl.String, REPEATED_ID):
        return _texts(table, column)
    if column.dtype in _NUMBERS or column.dtype == pl.Float32:
        return _numbers(column)
    weight = st.none() | st.floats(0, 1e6, width=32)
    return {
        NAMES: st.lists(st.none() | _WORDS, max_size=3),
        TAGS: st.lists(st.fixed_dictionaries({"tag": st.none() | _WORDS, "weight": weight}), max_size=3),
        VECTOR: st.lists(st.floats(-1e6, 1e6, width=32), max_size=3),
        pl.Date(): st.dates(date(1, 1, 1), date(9999, 12, 31)),
        TIME: st.integers(-(10**13), 10**13),
        pl.Boolean(): st.booleans(),
    }[column.dtype if isinstance(column.dtype, pl.DataType) else column.dtype()]


def _texts(table: str, column: Column) -> st.SearchStrategy:
    called = columns(table).get(column.name)
    longest = called and MODELS[table]._meta.get_field(called).max_length
    text = _WORDS if longest is None or longest >= 8 else _WORDS.map(lambda words: words[:longest])
    return text.filter(len) if column.required else text


def _numbers(column: Column) -> st.SearchStrategy:
    if column.dtype == pl.Float32:
        low, high = (given if given is None else float(given) for given in (column.minimum, column.maximum))
        return st.floats(low, high, width=32, allow_nan=False, allow_infinity=False)
    largest = 2 ** _NUMBERS[column.dtype] - 1
    low = -largest if column.minimum is None else int(column.minimum)
    high = largest if column.maximum is None else int(column.maximum)
    return st.integers(low, 1000 if column.name == "plays" else high)


def _settled(table: str, row: dict, pools: dict[str, list[str]], generation: int) -> dict:
    """A row as a library may have it, with times that make the order of libraries the order of what they say."""
    if "track_id" in row and "artist_id" in row:
        nameless = row["track_id"] is None and row["artist_id"] is None
        row["artist_id"] = pools["artists"][0] if nameless else row["artist_id"]
    if table == "listens":
        row["plays"] = row["plays"] or 1
    if table in {"feedback", "taggings"}:
        row["artist_id"] = row["artist_id"] if row["track_id"] is None else None
        row["time"] = len(row["kind"]) if table == "feedback" else 1
    if table == "playlists" and row["modified"] is not None:
        row["modified"] = generation * 10**14 + abs(row["modified"])
    return row

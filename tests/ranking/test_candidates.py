from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from segue.ranking.candidates import CONTENT, NEW, NEW_DAYS, RELATED, TRENDING, Gathered, Gatherer
from segue.ranking.catalogue import NO_DAY, Catalogue, Crowds, Facts, Moments, Relations, Space
from segue.ranking.past import DAY_MS, NEVER, Past

TODAY = 5_000
N = 60
"""Artist a has the items 5a to 5a + 4, the most played first; items 55 to 59 are nobody's."""


def rows(entries: list[list[int]], n_columns: int) -> sparse.csr_array:
    """Rows whose first entry is the largest."""
    data = [1 / (1 + place) for row in entries for place in range(len(row))]
    indptr = np.cumsum([0, *map(len, entries)])
    columns = np.array([column for row in entries for column in row], dtype=np.int32)
    return sparse.csr_array((np.array(data, np.float32), columns, indptr), shape=(len(entries), n_columns))


def catalogue_of(near=None, related=None, top=None, day=None, popularity=None, to_the_day=None) -> Catalogue:
    artist = np.arange(N, dtype=np.int32) // 5
    artist[55:] = -1
    nothing = np.zeros(N, dtype=np.float32)
    facts = Facts(
        artist=artist, release=np.full(N, -1, np.int32), work=np.arange(N, dtype=np.int32),
        day=np.full(N, NO_DAY, np.int32) if day is None else day, explicit=np.zeros(N, np.int8),
        language=np.full(N, -1, np.int16), audio=np.zeros((N, 0), np.float32),
        genres=sparse.csr_array((N, 0), dtype=np.float32), popularity=nothing if popularity is None else popularity,
        rank=nothing, artist_rank=nothing, items_of_artist=rows([list(range(5 * a, 5 * a + 5)) for a in range(11)], N),
        artist_ids=tuple(map(str, range(11))), artist_names=tuple(map(str, range(11))), release_ids=(),
        genre_names=(), languages=(), to_the_day=np.ones(N, np.bool_) if to_the_day is None else to_the_day,
        credited=sparse.csr_array((N, 0), dtype=np.bool_), credited_ids=(),
    )  # fmt: skip
    top = top or []
    crowds = Crowds(tuple(map(str, range(len(top)))), np.full(len(top), 99, np.int32), rows(top, N), np.zeros((0, 2), np.float32),
                    sparse.csr_array((0, N), dtype=np.int32))  # fmt: skip
    return Catalogue(
        facts, Space(np.zeros((N, 2), np.float32), rows(near or [[]] * N, N)), Relations(rows(related or [[]] * 11, 11)),
        crowds, Moments(np.zeros((N, 0), np.float32), np.zeros((N, 0), np.float32)),
    )  # fmt: skip


def past(plays: dict[int, float], now: int = TODAY) -> Past:
    items = np.array(sorted(plays), dtype=np.int32)
    weights = np.array([plays[item] for item in sorted(plays)], dtype=np.float32)
    none = np.zeros(0, np.int32)
    return Past(
        items, weights, np.maximum(weights, 0), np.full(len(items), NEVER), none, none.astype(bool), now * DAY_MS,
        np.zeros(len(items), dtype=bool),
    )  # fmt: skip


def gather(catalogue: Catalogue, plays: dict[int, float] | None = None, near=(), groups=(), now=TODAY) -> Gathered:
    found = Gatherer(catalogue).gather(past(plays or {}, now), np.array(near, np.int32), np.array(groups, np.int64))
    assert len(set(found.items.tolist())) == len(found.items) == len(found.bits)
    assert (found.bits > 0).all()
    return found


def by(found: Gathered, source: int) -> set[int]:
    return set(found.items[(found.bits & source) > 0].tolist())


def test_what_is_most_alike_to_the_first_of_what_is_near():
    near = [[] for _ in range(N)]
    near[7], near[8] = list(range(20, 40)), [20, 7]
    found = gather(catalogue_of(near=near), near=[7, 8])
    assert by(found, CONTENT) == {*range(20, 30), 7}
    # Of 15 items at most, the first.
    near = [[(item + 1) % N] for item in range(N)]
    assert by(gather(catalogue_of(near=near), near=range(30)), CONTENT) == set(range(1, 16))


def test_items_of_own_and_of_related_artists_the_most_played_of_each():
    related = [[] for _ in range(11)]
    related[3] = [5, 6, 7, 8, 9, 10, 0, 1]
    found = gather(catalogue_of(related=related), {16: 2.0})
    own, others = set(range(15, 20)), {5 * artist + place for artist in (5, 6, 7, 8, 9, 10) for place in (0, 1)}
    assert by(found, RELATED) == own | others


def test_disliked_artists_and_items_of_nobody_propose_nothing():
    found = gather(catalogue_of(), {16: -2.0, 57: 3.0})
    assert len(found.items) == 0


def test_of_many_artists_the_most_played_count():
    plays = {5 * artist: 1.0 + artist for artist in range(11)}
    assert by(gather(catalogue_of(), plays), RELATED) == set(range(15, 55))


def test_what_the_crowds_play_and_who_else_proposed_it():
    top = [list(range(50)), [52, 3]]
    found = gather(catalogue_of(top=top), {0: 1.0}, groups=[0, 1])
    assert by(found, TRENDING) == {*range(40), 52}
    assert by(found, TRENDING) & by(found, RELATED) == set(range(5))
    assert by(gather(catalogue_of(top=top), groups=[1]), TRENDING) == {52, 3}


def test_a_release_is_new_from_its_day_on_for_some_weeks():
    day = np.full(N, NO_DAY, np.int32)
    day[:4] = [TODAY - NEW_DAYS - 1, TODAY - NEW_DAYS, TODAY, TODAY + 1]
    gatherer = Gatherer(catalogue_of(day=day))
    assert gatherer.new_items(TODAY * DAY_MS).tolist() == [2, 1]
    assert gatherer.new_items(TODAY * DAY_MS + DAY_MS - 1).tolist() == [2, 1]
    assert gatherer.new_items((TODAY + 1) * DAY_MS).tolist() == [3, 2]


def test_what_came_out_some_day_of_the_year_is_not_new():
    day, to_the_day = np.full(N, NO_DAY, np.int32), np.ones(N, np.bool_)
    day[:2], to_the_day[0] = TODAY, False
    gatherer = Gatherer(catalogue_of(day=day, to_the_day=to_the_day))
    assert gatherer.new_items(TODAY * DAY_MS).tolist() == [1]


def test_new_of_ones_own_and_related_artists_and_the_most_played_of_all():
    day = np.full(N, TODAY, np.int32)
    popularity = np.zeros(N, np.float32)
    popularity[10:40] = np.linspace(0.1, 0.9, 30)
    related = [[] for _ in range(11)]
    related[0] = [9]
    catalogue = catalogue_of(related=related, day=day, popularity=popularity)
    assert by(gather(catalogue), NEW) == set(range(25, 40))
    assert by(gather(catalogue, {0: 1.0}), NEW) == {*range(5), *range(45, 50), *range(25, 40)}
    assert by(gather(catalogue, {0: -1.0}), NEW) == set(range(25, 40))
    assert by(gather(catalogue, {0: 1.0}, now=TODAY - 1), NEW) == set()


def test_what_is_interrupted_in_the_middle_spoils_no_later_request(monkeypatch):
    gatherer = Gatherer(catalogue_of(near=[[one for one in range(N) if one != item] for item in range(N)]))
    asked = (past({0: 1.0}), np.array([0], np.int32), np.zeros(0, np.int64))
    before = gatherer.gather(*asked)

    def interrupted(*_) -> np.ndarray:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(gatherer, "_artists", interrupted)  # after what is alike was found
        with pytest.raises(KeyboardInterrupt):
            gatherer.gather(*asked)
    after = gatherer.gather(*asked)
    assert (after.items.tolist(), after.bits.tolist()) == (before.items.tolist(), before.bits.tolist())
    with pytest.raises(IndexError):
        gatherer.proposed(before, np.array([N], np.int32))
    assert gatherer.proposed(Gathered(before.items[:0], before.bits[:0]), before.items).max() == 0


sets = st.lists(st.integers(0, N - 1), unique=True, max_size=6)


@given(st.lists(sets, min_size=N, max_size=N), st.lists(sets, max_size=2), sets, sets)
def test_each_proposal_is_there_once_with_all_who_proposed_it(near, top, asked, heard):
    gatherer = Gatherer(catalogue_of(near=near, top=top))
    of = past(dict.fromkeys(heard, 1.0))
    found = gatherer.gather(of, np.array(asked, np.int32), np.arange(len(top)))
    assert by(found, CONTENT) == {item for one in asked for item in near[one]}
    assert by(found, TRENDING) == {item for row in top for item in row}
    again = gatherer.gather(of, np.array(asked, np.int32), np.arange(len(top)))
    assert again.items.tolist() == found.items.tolist()
    every = np.arange(N, dtype=np.int32)
    bits = gatherer.proposed(found, every)
    assert dict(zip(found.items.tolist(), found.bits.tolist(), strict=True)) == {
        item: bit for item, bit in enumerate(bits.tolist()) if bit
    }
    assert not gatherer.proposed(replace(found, items=found.items[:0], bits=found.bits[:0]), every).any()


def test_many_threads_may_gather_at_once():
    near = [[(item * 7 + step) % N for step in range(1, 9)] for item in range(N)]
    gatherer = Gatherer(catalogue_of(near=near, top=[list(range(20))]))

    def ask(item: int) -> list[int]:
        found = gatherer.gather(past({item: 1.0}), np.array([item], np.int32), np.array([0]))
        return [*found.items.tolist(), *found.bits.tolist()]

    alone = [ask(item) for item in range(N)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, [item % N for item in range(10 * N)])) == alone * 10


@pytest.mark.parametrize("plays", [{}, {3: 1.0}])
def test_where_nothing_is_known_nothing_is_proposed(plays):
    bare = catalogue_of()
    facts = replace(bare.facts, artist=np.full(N, -1, np.int32), items_of_artist=sparse.csr_array((0, N), dtype=np.float32),
                    artist_ids=(), artist_names=())  # fmt: skip
    empty = replace(bare, facts=facts, relations=Relations(sparse.csr_array((0, 0), dtype=np.float32)))
    assert len(gather(empty, plays, near=list(plays)).items) == 0

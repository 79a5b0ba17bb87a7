"""Pages by a cursor: everything once, in order, whatever is added or removed meanwhile."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from segue.web.accounts.models import Token
from segue.web.api.errors import Problem
from segue.web.api.paging import page_of
from segue.web.catalog.models import Artist
from segue.web.listening.models import Listen, Search


@pytest.fixture
def searches(listener):
    """Ten searches, each two at the same time."""
    Search.objects.bulk_create(Search(listener=listener, words=f"w{n}", time_ms=n // 2) for n in range(10))
    return Search.objects.filter(listener=listener)


def all_of(queryset, limit, **more):
    pages, cursor = [], None
    while True:
        page = page_of(queryset, cursor, limit, **more)
        pages.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9, 10, 11])
@pytest.mark.parametrize(("order", "expected"), [("-time_ms", range(9, -1, -1)), ("time_ms", range(10)), ("-pk", None)])
def test_every_row_comes_once_and_in_order(searches, limit, order, expected):
    order = order.replace("pk", "id")
    pages = all_of(searches, limit, order=order, each=lambda row: row.words)
    assert [word for page in pages for word in page] == [f"w{n}" for n in (expected or range(9, -1, -1))]
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


def test_a_list_without_rows_is_one_empty_page(listener):
    assert page_of(Search.objects.all(), None, 10) == {"items": [], "next": None}


def test_what_is_added_or_removed_neither_repeats_nor_skips_others(searches, listener):
    first = page_of(searches, None, 4)
    assert [row.words for row in first["items"]] == ["w9", "w8", "w7", "w6"]
    Search.objects.create(listener=listener, words="newer", time_ms=99)
    Search.objects.create(listener=listener, words="as new as the last", time_ms=3)
    searches.filter(words__in=["w6", "w5"]).delete()
    assert [row.words for row in page_of(searches, first["next"], 4)["items"]] == ["w4", "w3", "w2", "w1"]


def test_rows_without_a_value_come_last(listener, catalogue):
    from segue.web.catalog.models import Track  # noqa: PLC0415

    track = Track.objects.first()
    Listen.objects.bulk_create(
        Listen(listener=listener, track=track, time_ms=time_ms, event=n)
        for n, time_ms in enumerate([5, None, 7, None, 6, None])
    )
    for order, times in (("-time_ms", [7, 6, 5]), ("time_ms", [5, 6, 7])):
        for limit in (1, 2, 4, 6):
            pages = all_of(listener.listens.all(), limit, order=order, each=lambda row: (row.time_ms, row.event))
            rows = [row for page in pages for row in page]
            assert [time_ms for time_ms, _ in rows] == [*times, None, None, None]
            assert len(set(rows)) == 6


def test_other_kinds_of_values_order_too(user, db):
    begin = datetime(2024, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
    for n in range(5):
        Token.objects.create(
            user=user, name=str(n), digest=str(n), scopes=[], created=begin + timedelta(microseconds=n)
        )
        Artist.objects.create(key=f"a{n}", name=["é", "z", "a", "日", "O'Hara; --"][n], popularity=n / 3)
    names = [
        name for page in all_of(user.tokens.all(), 2, order="-created", each=lambda row: row.name) for name in page
    ]
    assert names == ["4", "3", "2", "1", "0"]
    for order in ("name", "-name", "popularity", "key"):
        found = [artist for page in all_of(Artist.objects.all(), 2, order=order) for artist in page]
        assert found == list(Artist.objects.order_by(order))


def cursor_of(*fields):
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "!", "é", "a", "AAAA", "W10", "bnVsbA", cursor_of(), cursor_of("-time_ms"), cursor_of("time_ms", 1, 1),
        cursor_of("-time_ms", None, 1), cursor_of("-time_ms", 1, None), cursor_of("-time_ms", "x", 1),
        cursor_of("-time_ms", [1], 1),
        cursor_of("-time_ms", 2**63, 1), cursor_of("-time_ms", 1, 2**63), cursor_of("-time_ms", 1e300, 1),
        cursor_of("-time_ms", 1, {}), cursor_of("-time_ms", "1\0", 1), cursor_of({}, 1, 1),
    ],
)  # fmt: skip
def test_a_cursor_that_was_not_made_here_is_refused(searches, cursor):
    with pytest.raises(Problem) as raised:
        page_of(searches, cursor, 10)
    assert (raised.value.status, raised.value.kind) == (422, "cursor")


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_1_to_200_rows(searches, limit):
    with pytest.raises(Problem):
        page_of(searches, None, limit)


@pytest.mark.usefixtures("toys")
def test_pages_over_the_api(searches, api):
    words, cursor = [], ""
    while True:
        page = api.get(f"/toys/all?limit=4{cursor}").json()
        words += [item["words"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert words == [f"w{n}" for n in range(9, -1, -1)]
    for query in ("limit=0", "limit=201", "limit=x", "cursor=nonsense", "cursor=" + "A" * 2000):
        assert api.get(f"/toys/all?{query}").status_code == 422

"""Mixes over HTTP."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from segue.mixes.clock import monday_of
from segue.web.discovery import mixes
from segue.web.discovery.models import Exposure
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listener
from segue.web.listening.record import NewListen, record_listens


def tracks(mix):
    return [one.item_id for one in mix.tracks]


def at(moment):
    return int(moment.timestamp() * 1000)


MONDAY = monday_of(datetime.now(UTC))


@pytest.fixture
def early(fan, taste):
    """`fan`, who also played something in the weeks before this one, whatever day it is."""
    listens = [
        NewListen(track_key=key, time_ms=at(MONDAY - timedelta(hours=place + 1))) for place, key in enumerate(taste)
    ]
    record_listens(fan, listens)
    fan.refresh_from_db()
    return fan


def test_the_mixes_of_a_listener(api, early):
    answer = api.get("/mixes").json()
    found = {mix["key"]: mix for mix in answer["mixes"]}
    assert {"discover-weekly", "daily-mix-1"} <= set(found)
    weekly = found["discover-weekly"]
    assert weekly["title"] == "Discover Weekly"
    assert weekly["sentence"]
    assert weekly["until_ms"] == at(MONDAY + timedelta(days=7))
    assert 0 <= weekly["cover"]["hue"] < 360
    assert not Exposure.objects.exists()
    for key, mix in found.items():
        whole = api.get(f"/mixes/{key}").json()
        assert {name: whole[name] for name in mix} == mix
        assert whole["tracks"]
        assert all(track["reasons"] for track in whole["tracks"])
        shown = Exposure.objects.get(pk=whole["exposure"])
        assert shown.surface == f"mix:{key}"
        assert [track for track, *_ in shown.tracks] == [track["track"] for track in whole["tracks"]]


def test_a_weekly_mix_stays_from_monday_on_whatever_is_played(early):
    first = mixes.mix_of(early, "discover-weekly", at(MONDAY + timedelta(minutes=1)))[1]
    played = [
        NewListen(track_key=key, time_ms=at(MONDAY) + 60_000 + place) for place, key in enumerate(tracks(first)[:5])
    ]
    record_listens(early, [listen for listen in played if listen.time_ms <= time.time() * 1000])
    early.refresh_from_db()
    for later in (timedelta(hours=5), timedelta(days=2), timedelta(days=6, hours=23)):
        mixes.forget(early.key)
        assert mixes.mix_of(early, "discover-weekly", at(MONDAY + later))[1] == first
    following = mixes.mix_of(early, "discover-weekly", at(MONDAY + timedelta(days=7, minutes=1)))[1]
    assert not set(tracks(following)) & set(tracks(first))


def test_what_is_kept_is_what_would_be_made(early, taste):
    when = at(MONDAY + timedelta(hours=1))
    before = mixes.mixes_of(early, when)
    assert mixes.mixes_of(early, when) == before
    give_feedback(early, "dislike", track_key=tracks(before[1][0])[0])
    early.refresh_from_db()
    after = mixes.mixes_of(early, when)
    assert after != before
    assert tracks(before[1][0])[0] not in [one for mix in after[1] for one in tracks(mix)]
    mixes.forget(early.key)
    assert mixes.mixes_of(early, when) == after


def test_a_day_later_daily_mixes_are_others(early):
    first, second = (
        mixes.mix_of(early, "daily-mix-1", at(datetime.now(UTC) + timedelta(days=days)))[1] for days in (1, 2)
    )
    assert tracks(first) != tracks(second)


def test_what_there_is_not_is_not_found(api, others_api, fan, engine):
    assert api.get("/mixes/no-such-mix").status_code == 404
    assert api.get("/mixes/daily-mix-99").status_code == 404
    assert others_api.get("/mixes/discover-weekly").status_code == 404, "who has played nothing has none"
    assert others_api.get("/mixes").status_code == 200


def test_trending_by_country(api, fan, sweden):
    answer = api.get("/mixes/trending/se").json()
    assert answer["key"] == "trending-se"
    assert answer["title"] == "Trending in SE"
    assert answer["tracks"]
    assert Exposure.objects.get(pk=answer["exposure"]).surface == "mix:trending-se"
    missing = api.get("/mixes/trending/QQ")
    assert missing.status_code == 404
    assert "QQ" in missing.json()["detail"]
    assert api.get("/mixes/trending/Sweden").status_code == 422


def test_a_private_session_leaves_no_exposure(api, early):
    Listener.objects.filter(pk=early.pk).update(private_until_ms=4_000_000_000_000)
    assert api.get("/mixes/discover-weekly").json()["exposure"] is None
    assert not Exposure.objects.exists()

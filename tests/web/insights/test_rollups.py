"""The rollups beside the same sums in plain Python."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from django.db import connection

from segue.errors import Busy
from segue.features.tags import tag_key
from segue.home import Home
from segue.web import clock
from segue.web.accounts.erasure import erase
from segue.web.accounts.models import User
from segue.web.catalog.load import load
from segue.web.catalog.models import Artist, Credit, Track
from segue.web.discovery.models import Exposure, Outcome
from segue.web.insights import rollups
from segue.web.insights.rollups import making
from segue.web.jobs import queue, run
from segue.web.listening.models import Feedback, Listen, Listener
from segue.web.listening.record import NewListen, record_listens

DAY_MS = 86_400_000
MONDAY_MS = 20_000 * DAY_MS  # 2024-10-04 is a Friday: weeks begin in the middle of what is listened to
HALF_AN_HOUR_MS = 1_800_000


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    settings.HOME = Home(tmp_path)


@pytest.fixture
def songs(db, small_library):
    """Four tracks by three artists; a guest, and an artist who is credited twice."""
    load(small_library)
    Listener.objects.all().delete()
    first, second = Track.objects.order_by("pk")[:2]
    Credit.objects.create(track=first, artist=Artist.objects.get(key="a3"), featured=True, position=0)
    Credit.objects.create(track=second, artist=Artist.objects.get(key="a1"), featured=False, position=9)
    Artist.objects.filter(key="a3").update(genres=["Jazz", "jazz", "folk"])
    Track.objects.filter(key="t3").update(genres=["Hip Hop", "hip-hop"])


def day(time_ms):
    return None if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC).date()


def brute():
    """Every table as {keys: values}, the slow way."""
    artists = {one.pk: [c.artist_id for c in one.credits.all() if not c.featured] for one in Track.objects.all()}
    of_artist = {one.pk: one.genres for one in Artist.objects.all()}
    genres = {}
    for one in Track.objects.all():
        words = one.genres or [word for artist in artists[one.pk] for word in of_artist[artist] or []]
        genres[one.pk] = set(tag_key(pl.Series(words, dtype=pl.String)).to_list())
    days, hours = defaultdict(lambda: [0] * 9), defaultdict(lambda: [0, set()])
    returns = defaultdict(lambda: [0])
    weeks = {name: defaultdict(lambda: [0, 0, set()]) for name in ("track", "artist", "genre")}
    listeners = {}
    for listener in Listener.objects.select_related("user"):
        mine = list(Listen.objects.filter(listener=listener))
        timed = sorted(
            (one for one in mine if one.time_ms is not None), key=lambda one: (one.time_ms, one.ms_played or 0)
        )
        by = lambda one: artists[one.track_id] if one.track_id else [one.artist_id] * bool(one.artist_id)  # noqa: E731
        known = {artist for one in mine if one.time_ms is None for artist in by(one)}
        that_day, ended = defaultdict(set), None
        for one in timed:
            at = day(one.time_ms)
            sums = days[listener.pk, at]
            sums[0] += one.plays
            sums[1] += one.plays * bool(one.skipped)
            sums[2] += one.plays * (one.skipped is not None)
            sums[3] += one.ms_played or 0
            sums[4] += ended is None or one.time_ms - ended >= HALF_AN_HOUR_MS
            ended = one.time_ms + (one.ms_played or 0)
            sums[5] += len(set(by(one)) - known)
            known |= set(by(one))
            if that_day and at not in that_day:
                returns[at, (at - max(that_day)).days][0] += 1
            that_day[at] |= set(by(one))
            sums[6] = len(that_day[at])
            week = at - timedelta(days=at.weekday())
            parts = {
                "track": [one.track_id] * bool(one.track_id),
                "artist": set(by(one)),
                "genre": genres.get(one.track_id, ()),
            }
            for name, keys in parts.items():
                for key in keys:
                    sums = weeks[name][week, key]
                    sums[0] += one.plays
                    sums[1] += one.plays * bool(one.skipped)
                    sums[2].add(listener.pk)
            local = datetime.fromtimestamp(one.time_ms / 1000, ZoneInfo(listener.timezone))
            hours[local.date(), local.hour][0] += one.plays
            hours[local.date(), local.hour][1].add(listener.pk)
        for said in Feedback.objects.filter(listener=listener, time_ms__isnull=False).exclude(kind="rating"):
            days[listener.pk, day(said.time_ms)][7 if said.kind == "like" else 8] += 1
        ends = (day(timed[0].time_ms), day(timed[-1].time_ms)) if timed else (None, None)
        joined = listener.user and listener.user.date_joined.date()
        listeners[listener.pk] = [joined is not None, listener.country, listener.birth_year, listener.gender, *ends,
                                  sum(one.plays for one in mine), joined]  # fmt: skip
    counted = {f"{name}_weeks": _sizes(found) for name, found in weeks.items()}
    return {"days": dict(days), "hours": _sizes(hours), "returns": dict(returns), "listeners": listeners,
            "shelf_days": _shelves(), **counted}  # fmt: skip


def _sizes(found):
    return {key: [*values[:-1], len(values[-1])] for key, values in found.items()}


def _shelves():
    found = defaultdict(lambda: [set(), 0, 0, 0, 0, 0, 0])
    for page in Exposure.objects.all():
        seen = set()
        for track, source, _ in page.tracks:
            if track in seen:
                continue
            seen.add(track)
            kinds = {one.kind for one in Outcome.objects.filter(exposure=page, track_key=track)}
            sums = found[day(page.shown_ms), page.surface, source or "unknown", page.snapshot]
            sums[0].add(page.pk)
            begun, skipped = bool(kinds & {"played", "skipped"}), "skipped" in kinds
            for place, value in enumerate(
                (True, begun, begun and not skipped, skipped, "liked" in kinds, "disliked" in kinds), 1
            ):
                sums[place] += value
    return {key: [len(values[0]), *values[1:]] for key, values in found.items()}


def tables(made):
    """The rollups as {keys: values}; spellings of a genre by their key."""
    keys = {
        "days": 2,
        "hours": 2,
        "returns": 2,
        "listeners": 1,
        "track_weeks": 2,
        "artist_weeks": 2,
        "genre_weeks": 2,
        "shelf_days": 4,
    }
    found = {}
    for name, width in keys.items():
        frame = getattr(made, name).collect()
        if name == "genre_weeks":
            frame = frame.with_columns(tag_key(frame["genre"]))
        rows = [(row[:width] if width > 1 else row[0], list(row[width:])) for row in frame.iter_rows()]
        found[name] = dict(rows)
        assert len(found[name]) == len(rows), f"{name} has a key twice"
    return found


def invent(seed, listeners=12, listens=400):
    """Listeners who do everything that can be done."""
    some = random.Random(seed)  # noqa: S311
    tracks = list(Track.objects.values_list("pk", flat=True))
    artists, keys = list(Artist.objects.values_list("pk", flat=True)), list(Track.objects.values_list("key", flat=True))
    people = []
    for number in range(listeners):
        user = User.objects.create_user(f"{number}-{seed}@example.org", "x") if number % 3 == 0 else None
        zone = some.choice(["UTC", "Asia/Kathmandu", "America/Sao_Paulo"])
        people.append(
            Listener.objects.create(user=user, timezone=zone, gender=some.choice([None, "female"]), birth_year=1990)
        )
    plays = []
    for event in range(listens):
        time_ms = (
            None if some.random() < 0.1 else MONDAY_MS + some.randrange(40) * HALF_AN_HOUR_MS * some.choice([1, 3, 50])
        )
        track = some.choice([*tracks, None])
        plays.append(Listen(
            listener=some.choice(people[:-1]), track_id=track, artist_id=some.choice([None, *artists]), time_ms=time_ms,
            event=event, skipped=some.choice([None, True, False]), ms_played=some.choice([None, 0, 60_000, HALF_AN_HOUR_MS]),
            plays=1 if time_ms is not None and some.random() < 0.9 else some.randrange(1, 9),
        ))  # fmt: skip
    Listen.objects.bulk_create(plays)
    for one in people:
        for track, kind in zip(some.sample(tracks, 4), ("like", "dislike", "never", "rating"), strict=True):
            time_ms = some.choice([None, MONDAY_MS + some.randrange(30) * DAY_MS])
            Feedback.objects.create(listener=one, track_id=track, kind=kind, time_ms=time_ms)
    for number in range(30):
        shown = [[key, some.choice(["ease", "content", None]), None] for key in some.choices(keys, k=4)]
        page = Exposure.objects.create(listener=some.choice(people), surface=some.choice(["home", "mix:new"]), snapshot="s",
                                       shown_ms=MONDAY_MS + number * DAY_MS // 3, tracks=shown)  # fmt: skip
        for kind in ("played", "skipped", "liked", "disliked"):
            for key in {key for key, _, _ in shown if some.random() < 0.4}:
                Outcome.objects.create(exposure=page, track_key=key, kind=kind, time_ms=0)
    return people


def test_they_are_what_plain_sums_are(songs, monkeypatch):
    for name in ("LISTENS_AT_ONCE", "_SPILLED_AT_ONCE"):
        monkeypatch.setattr(making, name, 50)
    monkeypatch.setattr("segue.web.insights.rollups.rows._FETCHED_AT_ONCE", 32)
    monkeypatch.setattr("segue.web.insights.rollups.shelves._PAGES_AT_ONCE", 7)
    people = invent(seed=1)
    erase(people[0].user)
    people[1].private_until_ms = clock.now_ms() + DAY_MS
    people[1].save()
    record_listens(people[1], [NewListen(track_key="t1", time_ms=MONDAY_MS)])
    made, expected = tables(rollups.make()), brute()
    for name, table in expected.items():
        assert made[name] == table, name
    assert people[0].pk not in made["listeners"]


def test_those_of_the_demo_world_are(catalogue):
    made, expected = tables(rollups.make()), brute()
    for name, table in expected.items():
        if name == "hours":  # who names no time zone is on the clocks of their country
            assert sum(row[0] for row in made[name].values()) == sum(row[0] for row in table.values())
        else:
            assert made[name] == table, name


def test_nothing_has_tables_too(db):
    assert rollups.current() is None
    assert all(not table for table in tables(rollups.make()).values())


def test_the_job_makes_them_when_something_changed(songs):
    invent(seed=2, listens=5)

    def after_a_job():
        job = queue.start("rollups", None, {})
        assert run.run(job.pk)
        job.refresh_from_db()
        assert job.state == "done", job.problem
        return job.report["made"], rollups.current().name

    first = after_a_job()
    assert first[0]
    assert after_a_job() == (False, first[1])
    listener = Listener.objects.first()
    record_listens(listener, [NewListen(track_key="t1", time_ms=MONDAY_MS)])
    made, second = after_a_job()
    assert made
    assert second > first[1]
    assert len(making.all_made()) == 2
    assert after_a_job() == (False, second)
    assert [one.name for one in making.all_made()] == [second], "who was erased in between is in no file any more"


@pytest.mark.django_db(transaction=True)
def test_others_write_while_the_job_reads(songs, monkeypatch):
    """Outside of a test's transaction, as a worker does it."""
    invent(seed=2, listens=5)
    catalogue, wrote = making.people.catalogue, []

    def write():
        try:
            wrote.append(Listener.objects.create(key="meanwhile"))
        finally:
            connection.close()

    def meanwhile():
        thread = Thread(target=write)
        thread.start()
        thread.join(5)
        assert wrote
        return catalogue()

    monkeypatch.setattr(making.people, "catalogue", meanwhile)
    job = queue.start("rollups", None, {})
    assert run.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.problem
    assert rollups.current().listeners.collect().height == 12, "as it was when they were begun"


def test_they_are_replaced_whole(songs, monkeypatch):
    invent(seed=3, listens=20)
    first = rollups.make()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(making, "_with_sums", killed)
        with pytest.raises(KeyboardInterrupt):
            rollups.make()
    assert rollups.current() == first
    assert [path.name for path in rollups.folder().iterdir() if path.is_dir()] == [first.name]
    with making._alone(), pytest.raises(Busy):
        rollups.make()
    read = first.days
    second = rollups.make()
    assert rollups.current() == second
    assert read.collect().height  # a page that began with those before can be ended
    rollups.make()
    assert len(making.all_made()) == 2
    assert second.manifest["listens"] == 20

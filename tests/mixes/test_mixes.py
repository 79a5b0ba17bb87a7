"""What is true of every mix, whoever it is for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.engine.request import Context, Controls, Exclusion, Exclusions, History, Listen
from segue.errors import NotFound
from segue.mixes.base import For
from segue.mixes.blend import blend
from segue.mixes.registry import product, products
from tests.effort import examples
from tests.mixes.conftest import AT

MINE = (
    "daily-mix", "discover-weekly", "hidden-gems", "on-repeat", "release-radar", "rewind", "time-of-day",
)  # fmt: skip
WEEKLY = ("discover-weekly", "hidden-gems", "rewind")
NEW = ("discover-weekly", "hidden-gems", "release-radar")
PER_ARTIST = {"discover-weekly": 1, "hidden-gems": 2, "daily-mix": 4, "release-radar": 3, "rewind": 4, "time-of-day": 3}
DAY_MS = 86_400_000
MONDAY = datetime(2025, 11, 3, tzinfo=UTC)

somebody = st.fixed_dictionaries(
    {
        "which": st.integers(0, 2),
        "seed": st.integers(0, 2**32 - 1),
        "listens": st.sampled_from([0, 1, 4, 25, 80, 300]),
        "told": st.integers(0, 4),
        "dated": st.booleans(),
        "explicit": st.booleans(),
    }
)


def made_up(engine, spec, at=AT) -> For:
    """A listener of a few artists, who has said this and that."""
    rng = np.random.default_rng(spec["seed"])
    facts = engine.catalogue.facts
    artists = rng.choice(len(facts.artist_ids), min(8, len(facts.artist_ids)), replace=False)
    items = np.flatnonzero(np.isin(facts.artist, artists))
    items = np.concatenate([items, rng.integers(0, facts.n_items, 10)])
    drawn = engine.ids.names(rng.choice(items, spec["listens"]))
    now = int(at.timestamp() * 1000)
    listens = tuple(
        Listen(name, now - int(rng.integers(0, 400 * DAY_MS)) if spec["dated"] else None, float(rng.integers(1, 9)),
               bool(rng.random() < 0.15))
        for name in drawn
    )  # fmt: skip
    some = lambda: tuple(engine.ids.names(rng.choice(items, spec["told"])))  # noqa: E731
    disliked, liked, never = some(), some(), some()
    exclusions = [Exclusion("item", name, now + DAY_MS if place % 2 else None) for place, name in enumerate(never)]
    if spec["told"]:
        exclusions.append(Exclusion("artist", facts.artist_ids[int(artists[0])]))
        exclusions.append(Exclusion("artist", facts.artist_ids[int(artists[1])], now - 30 * DAY_MS))
        exclusions += [Exclusion("release", one) for one in facts.release_ids[:3]]
    history = History(listens, liked, disliked, (tuple(drawn[:3]), ("no such item",)))
    return For(
        f"somebody-{spec['seed']}", history, at, Context(country="SE"), Controls(explicit=spec["explicit"]),
        Exclusions(tuple(exclusions), not_my_taste=tuple(drawn[-1:]) if spec["told"] > 2 else ()),
    )  # fmt: skip


def places(tracks, engine) -> np.ndarray:
    return engine.places([track.item_id for track in tracks])


def excluded(one, items, engine) -> np.ndarray:
    facts = engine.catalogue.facts
    found = np.isin(items, engine.places(one.history.dislikes)) if one.history.dislikes else np.zeros(len(items), bool)
    if not one.controls.explicit:
        found |= facts.explicit[items] == 1
    for each in one.exclusions.never:
        if each.until_ms is None or each.until_ms > one.now_ms:
            if each.kind == "item":
                found |= items == engine.places([each.id])[0]
            elif each.kind == "artist":
                found |= np.array(
                    [code >= 0 and facts.artist_ids[code] == each.id for code in facts.artist[items]], bool
                )
            else:
                found |= np.array(
                    [code >= 0 and facts.release_ids[code] == each.id for code in facts.release[items]], bool
                )
    return found


def check(mix, one, engine):
    facts = engine.catalogue.facts
    items = places(mix.tracks, engine)
    assert (items >= 0).all()
    assert len(set(facts.work[items].tolist())) == len(items), "the same song twice"
    assert not excluded(one, items, engine).any()
    assert all(track.reasons and all(reason.text for reason in track.reasons) for track in mix.tracks)
    assert 0 < len(items) <= 30
    assert mix.title
    assert mix.sentence.endswith(".")
    assert mix.cover.pattern in {"waves", "rings", "blocks", "dots", "rays", "mosaic"}
    assert 0 <= mix.cover.hue < 360
    assert 0 <= mix.cover.brightness <= 1
    assert 0 <= mix.cover.energy <= 1
    assert mix.until is not None
    assert mix.until > one.at


@settings(max_examples=examples(25))
@given(spec=somebody)
def test_no_song_twice_nothing_excluded_and_a_reason_for_everything(engines, spec):
    engine = engines[spec["which"]]
    one = made_up(engine, spec)
    artist = engine.catalogue.facts.artist
    begun_ms = int(MONDAY.timestamp() * 1000)
    heard = {listen.item_id for listen in one.history.listens if listen.time_ms is None or listen.time_ms < begun_ms}
    for name in MINE:
        [mixes] = product(name).make([one], engine)
        assert len({mix.key for mix in mixes}) == len(mixes)
        for mix in mixes:
            check(mix, one, engine)
            codes = artist[places(mix.tracks, engine)].tolist()
            if name in PER_ARTIST:
                assert max(np.bincount([code for code in codes if code >= 0])) <= PER_ARTIST[name]
                assert all(a != b or a < 0 for a, b in pairwise(codes)), f"{name}: an artist twice in a row"
            if name in NEW:
                assert not heard & {track.item_id for track in mix.tracks}


@settings(max_examples=examples(10))
@given(spec=somebody)
def test_the_same_listener_gets_the_same_mix_alone_or_among_others(engines, spec):
    engine = engines[spec["which"]]
    one = made_up(engine, spec)
    other = made_up(engine, spec | {"seed": spec["seed"] ^ 1})
    for name in MINE:
        [alone] = product(name).make([one], engine)
        _, among = product(name).make([other, one], engine)
        assert alone == among


@settings(max_examples=examples(15))
@given(spec=somebody, hours=st.tuples(st.floats(0, 167.9), st.floats(0, 167.9)), seed=st.integers(0, 99))
def test_weekly_mixes_stay_from_monday_to_monday_whatever_is_played(engines, spec, hours, seed):
    engine = engines[spec["which"]]
    begun = made_up(engine, spec, MONDAY)
    since, rng = int(MONDAY.timestamp() * 1000), np.random.default_rng(seed)
    asked = []
    for passed in hours:
        later = tuple(
            Listen(name, since + int(rng.integers(0, int(passed * 3_600_000) + 1)))
            for name in engine.ids.names(rng.integers(0, len(engine.ids), 30))
        )
        history = replace(begun.history, listens=begun.history.listens + later)
        asked.append(
            replace(
                begun, at=MONDAY + timedelta(hours=passed), history=history, context=Context(hour=int(rng.integers(24)))
            )
        )
    for name in WEEKLY:
        first, second = product(name).make(asked, engine)
        assert first == second


@settings(max_examples=examples(15))
@given(spec=somebody, week=st.integers(0, 60))
def test_no_track_of_discover_weekly_comes_back_the_week_after(engines, spec, week):
    engine = engines[spec["which"]]
    one = made_up(engine, spec, MONDAY)
    weeks = [replace(one, at=MONDAY + timedelta(days=7 * number, hours=30)) for number in (week, week + 1)]
    first, second = product("discover-weekly").make(weeks, engine)
    before, after = ({track.item_id for mix in mixes for track in mix.tracks} for mixes in (first, second))
    assert not before & after


def test_gems_and_tracks_of_one_day_are_mostly_others_the_next_time(engine, fors):
    for one in fors:
        [gems], [later] = product("hidden-gems").make([one, replace(one, at=one.at + timedelta(days=7))], engine)
        repeated = {track.item_id for track in gems.tracks} & {track.item_id for track in later.tracks}
        assert len(repeated) <= 0.2 * len(gems.tracks)


def test_nothing_is_made_of_nothing(engines):
    for engine in engines:
        nobody = For("nobody", History(), AT)
        strangers = For("stranger", History((Listen("no such item", 5),), likes=("neither",)), AT)
        for name in MINE:
            assert product(name).make([nobody, strangers], engine) == [(), ()]
        assert product("discover-weekly").make([], engine) == []
        assert blend(nobody, strangers, engine).tracks == ()


def test_products_are_found_by_name():
    assert set(MINE) <= set(products())
    with pytest.raises(NotFound, match=r"no mix 'discover-wekly' \(did you mean discover-weekly\?\)"):
        product("discover-wekly")
    for made in products().values():
        assert made.title

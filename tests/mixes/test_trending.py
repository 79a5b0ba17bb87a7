from dataclasses import replace

import numpy as np
import pytest

from segue.engine import Context, Controls, Exclusion, Exclusions, History
from segue.mixes.trending import MIX, PER_ARTIST, groups_of, trending_in


def _with_crowd_of(engine, name, size):
    """The engine, with another number of listeners in one crowd."""
    crowds = engine.catalogue.crowds
    sizes = crowds.sizes.copy()
    sizes[crowds.group(name)] = size
    return replace(engine, catalogue=replace(engine.catalogue, crowds=replace(crowds, sizes=sizes)))


@pytest.fixture(scope="module")
def country(engine) -> str:
    """A country with enough listeners."""
    return next(name for name in engine.catalogue.crowds.names if name.startswith("country-")).removeprefix("country-")


@pytest.fixture(scope="module")
def age(engine) -> str:
    return next(name for name in engine.catalogue.crowds.names if name.startswith("age-")).removeprefix("age-")


def test_a_listener_has_a_mix_for_each_of_their_crowds(engine, fors, country, age):
    listener = replace(fors[-1], context=Context(country=country.lower(), age=int(age.split("-")[0]) + 3))
    [mixes] = MIX.make([listener], engine)
    assert [mix.title for mix in mixes] == [f"Trending in {country}", f"Trending among {age}", "Trending in your taste"]
    assert len({mix.key for mix in mixes}) == 3
    for mix in mixes:
        assert mix.tracks
        assert mix.sentence.endswith(".")
        assert all(track.reasons for track in mix.tracks)
        scores = [track.score for track in mix.tracks]
        assert scores[0] == max(scores)


def test_the_order_is_that_of_the_crowd_with_a_cap_for_each_artist(engine, fors, country):
    crowds, facts = engine.catalogue.crowds, engine.catalogue.facts
    listener = replace(fors[0], context=Context(country=country), history=History())
    [[mix, *_]] = MIX.make([listener], engine)
    row = crowds.group(f"country-{country}")
    share = crowds.top[[row]].toarray().ravel()
    items = engine.places([track.item_id for track in mix.tracks])
    assert [track.score for track in mix.tracks] == pytest.approx(share[items])
    assert share[items[0]] == share.max()
    assert np.bincount(facts.artist[items]).max() <= PER_ARTIST
    # Only that no artist comes twice in a row keeps one waiting.
    assert all(
        one >= other or facts.artist[items[place]] in facts.artist[items[max(place - 1, 0) : place + 2]]
        for place, (one, other) in enumerate(zip(share[items], share[items[1:]], strict=False))
    )


def test_small_crowds_are_not_shown_even_where_they_are_there(engine, fors, country):
    listener = replace(fors[0], context=Context(country=country), history=History())
    [group, *_] = groups_of(listener, engine)
    assert group.title == f"Trending in {country}"
    small = _with_crowd_of(engine, group.name, 19)
    assert f"Trending in {country}" not in [each.title for each in groups_of(listener, small)]
    assert trending_in(group, listener, small).tracks == ()


def test_nobody_in_particular_has_what_is_trending_everywhere(engine, fors):
    stranger = replace(fors[0], context=Context(country="ZZ"), history=History())
    [[mix]] = MIX.make([stranger], engine)
    assert mix.title == "Trending"
    assert mix.tracks


def test_these_days_are_spoken_of_only_where_times_are_known(engine, fors, country, age):
    crowds = engine.catalogue.crowds
    names = tuple("other" if name == "trending" else name for name in crowds.names)
    untimed = replace(engine, catalogue=replace(engine.catalogue, crowds=replace(crowds, names=names)))
    known = replace(fors[-1], context=Context(country=country, age=int(age.split("-")[0])))
    stranger = replace(fors[0], context=Context(country="ZZ"), history=History())
    for one in (known, stranger):
        timed, timeless = (MIX.make([one], each)[0] for each in (engine, untimed))
        assert timed
        assert all(mix.sentence.endswith("these days.") for mix in timed)
        assert timeless
        assert not any("these days" in mix.sentence + str(mix.tracks) for mix in timeless)


def test_what_a_listener_will_not_hear_is_left_out(engine, fors, country):
    facts = engine.catalogue.facts
    listener = replace(fors[0], context=Context(country=country), history=History())
    [[free, *_]] = MIX.make([listener], engine)
    barred, disliked = free.tracks[0], free.tracks[1]
    artist = facts.artist[engine.places([barred.item_id])[0]]
    never = Exclusions((Exclusion("artist", facts.artist_ids[artist]),))
    careful = replace(
        listener, exclusions=never, history=History(dislikes=(disliked.item_id,)), controls=Controls(explicit=False)
    )
    [[mix, *_]] = MIX.make([careful], engine)
    items = engine.places([track.item_id for track in mix.tracks])
    assert artist not in facts.artist[items]
    assert disliked.item_id not in [track.item_id for track in mix.tracks]
    assert not (facts.explicit[items] == 1).any()


def test_no_ratio_is_shown_of_fewer_than_twenty_players(engine, fors):
    crowds = engine.catalogue.crowds
    for name in crowds.names:
        if name.startswith("country-"):
            listener = replace(fors[0], context=Context(country=name.removeprefix("country-")), history=History())
            for track in MIX.make([listener], engine)[0][0].tracks:
                if len(track.reasons) > 1:
                    assert track.score * crowds.sizes[crowds.group(name)] >= 20


def test_the_same_listener_has_the_same_mixes(engine, fors):
    assert MIX.make(fors, engine) == MIX.make(fors, engine)

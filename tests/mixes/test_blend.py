from dataclasses import replace

import numpy as np
import pytest

from segue.engine.request import Exclusion, Exclusions, History
from segue.mixes.base import For
from segue.mixes.blend import blend
from tests.mixes.conftest import AT


def ids(mix):
    return [track.item_id for track in mix.tracks]


def test_the_same_taste_matches_wholly(engine, fors):
    one = fors[-1]
    assert "match by 100%" in blend(one, replace(one, listener_id="twin"), engine).sentence


def test_more_in_common_is_a_better_match(engine, fors):
    one, other = fors[-1], fors[2]
    both = replace(other, history=one.history + other.history)

    def match(pair):
        return int(blend(one, pair, engine).sentence.partition("match by ")[2].partition("%")[0])

    assert match(other) < match(both) <= 100


def test_the_same_tracks_whoever_asks(engine, fors):
    one, other = fors[-1], fors[2]
    mine, theirs = blend(one, other, engine), blend(other, one, engine)
    assert ids(mine) == ids(theirs)
    assert mine.key == theirs.key
    assert mine.cover == theirs.cover
    assert len(mine.tracks) == 30


@pytest.mark.parametrize("side", [0, 1])
def test_what_either_excludes_is_not_there(engine, fors, side):
    pair = [fors[-1], fors[2]]
    before = blend(*pair, engine)
    banned = before.tracks[0].item_id
    pair[side] = replace(pair[side], exclusions=Exclusions((Exclusion("item", banned),)))
    assert banned not in ids(blend(*pair, engine))
    pair[side] = replace(pair[side], exclusions=Exclusions(), history=pair[side].history + History(dislikes=(banned,)))
    assert banned not in ids(blend(*pair, engine))


def test_reasons_name_artists_of_both_and_nothing_else(engine, fors):
    one, other = fors[-1], fors[2]

    def artists(someone):
        items = engine.places(someone.history.item_ids)
        return {engine.catalogue.facts.artist_names[code] for code in engine.catalogue.facts.artist[items[items >= 0]]}

    mine, theirs = artists(one), artists(other)
    named = 0
    for track in blend(one, other, engine).tracks:
        [reason] = track.reasons
        assert reason.because == ()
        said = reason.text.removeprefix("for both of you: ")
        assert said != reason.text
        if said.startswith("you both play "):
            assert said.removeprefix("you both play ") in mine & theirs
        for part in said.split(", "):
            if part.startswith("you play "):
                assert part.removeprefix("you play ") in mine
                named += 1
            if part.startswith("they play "):
                assert part.removeprefix("they play ") in theirs
    assert named


def test_it_favours_neither(engine):
    """Of two listeners who play nothing but one genre each, both find theirs in it."""
    facts = engine.catalogue.facts
    genre = np.asarray(facts.genres.argmax(axis=1)).ravel()
    two = np.argsort(-np.bincount(genre), kind="stable")[:2]
    pair = [
        For(
            f"plays {one}", History.of(dict.fromkeys(engine.ids.names(np.flatnonzero(genre == one)[::4][:30]), 3.0)), AT
        )
        for one in two
    ]
    found = genre[engine.places(ids(blend(*pair, engine)))]
    counts = [(found == one).sum() for one in two]
    assert min(counts) >= 4
    assert abs(counts[0] - counts[1]) <= 6


def test_somebody_of_whom_nothing_is_known_blends_with_nobody(engine, fors):
    mix = blend(fors[-1], For("new", History(), AT), engine)
    assert mix.tracks == ()
    assert "match by 0%" in mix.sentence

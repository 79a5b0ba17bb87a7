from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.engine import Controls, Exclusion, Exclusions, Request
from segue.errors import BadRequest, NotEnoughData, NotFound
from segue.mixes import path
from segue.mixes.path import paths


def _far_apart(engine, number=0):
    """Ids of two items that are well known and have little to do with each other."""
    vectors = engine.catalogue.space.vectors
    known = np.flatnonzero(vectors.any(axis=1))
    start = int(known[37 * (number + 1) % len(known)])
    end = int(known[np.argmin(vectors[known] @ vectors[start])])
    return tuple(engine.ids.names([start, end]))


def test_a_path_has_exactly_so_many_steps_and_repeats_nothing(engine):
    facts = engine.catalogue.facts
    for number, steps in enumerate((1, 5, 8, 20)):
        ends = _far_apart(engine, number)
        [found] = paths([ends], engine, steps)
        ids = [track.item_id for track in found.tracks]
        assert len(ids) == steps + 2
        assert (ids[0], ids[-1]) == ends
        items = engine.places(ids)
        assert len(np.unique(facts.work[items])) == steps + 2
        assert not any(one == other for one, other in pairwise(facts.artist[items]))


def test_each_track_is_further_on_the_way_and_the_jumps_are_what_is_said(engine):
    vectors = engine.catalogue.space.vectors.astype(float)
    [found] = paths([_far_apart(engine)], engine, 8)
    points = vectors[engine.places([track.item_id for track in found.tracks])]
    assert found.jumps == pytest.approx([one @ other for one, other in pairwise(points)], abs=1e-6)
    assert found.direct == pytest.approx(points[0] @ points[-1], abs=1e-6)
    progress = points @ (points[-1] - points[0])
    assert (np.diff(progress) >= -1e-6).all()
    assert min(found.jumps) > found.direct + 0.2  # the library has a bridge


def test_the_same_question_has_the_same_answer(engine):
    ends = [_far_apart(engine), _far_apart(engine, 3)]
    assert paths(ends, engine, 6) == paths(ends, engine, 6)
    assert paths(ends, engine, 6)[1] == paths(ends[1:], engine, 6)[0]


def test_controls_and_exclusions_hold_between_the_ends(engine):
    facts = engine.catalogue.facts
    ends = _far_apart(engine)
    [free] = paths([ends], engine, 5)
    barred = free.tracks[2].item_id
    request = Request(
        exclusions=Exclusions((Exclusion("item", barred),)), controls=replace(Controls(), popularity=(0.3, 1.0))
    )
    [found] = paths([ends], engine, 5, request)
    between = engine.places([track.item_id for track in found.tracks[1:-1]])
    assert barred not in [track.item_id for track in found.tracks]
    assert (facts.rank[between] >= 0.3).all()


def test_what_cannot_be_is_said(engine):
    first, last = _far_apart(engine)
    with pytest.raises(NotFound, match="no item 'nothing'"):
        paths([(first, "nothing")], engine)
    with pytest.raises(BadRequest, match="the same song"):
        paths([(first, first)], engine)
    with pytest.raises(BadRequest, match="steps must be from 1 to 100"):
        paths([(first, last)], engine, 0)
    little = Request(within=(first, *engine.ids.names([3, 4])))
    with pytest.raises(NotEnoughData, match=r"only \d tracks can stand between"):
        paths([(first, last)], engine, 8, little)


@given(st.integers(3, 7), st.integers(1, 4), st.integers(0, 10_000))
def test_no_path_has_a_smaller_largest_jump_nor_with_that_a_smaller_sum_of_squares(n, steps, seed):
    steps = min(steps, n - 2)
    distance = np.random.default_rng(seed).integers(1, 20, (n, n)).astype(float)

    def judged(way):
        jumps = [distance[one, other] for one, other in pairwise(way)]
        return max(jumps), sum(jump**2 for jump in jumps)

    found = path._smoothest(distance, steps)
    rivals = [(0, *way, n - 1) for way in permutations(range(1, n - 1), steps) if list(way) == sorted(way)]
    assert tuple(found) in rivals
    assert judged(found) == min(judged(way) for way in rivals)


def test_a_step_that_costs_most_is_taken_only_where_it_must_be():
    distance = np.array([[0, 1, 1, 9], [9, 0, 4, 1], [9, 9, 0, 1], [9, 9, 9, 0]], dtype=float)
    assert path._smoothest(distance, 1).tolist() == [0, 1, 3]
    assert path._smoothest(distance, 2).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="4 nodes have no path of 3 steps"):
        path._smoothest(distance, 3)

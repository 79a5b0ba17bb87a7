"""A station over any course of events: what may not come back, how it reacts, and that it never ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.engine import Controls, Engine, Exclusion, Exclusions, History, Listen, Snapshots, train
from segue.errors import BadRequest
from segue.library import Library
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.base import For
from segue.mixes.station import Seed, StationState, leaning, next_tracks, played, start
from segue.mixes.words import match
from tests.effort import examples

MINUTE = 60_000
HOURS = 3 * 60 * MINUTE
OUTCOMES = ("played", "skipped", "liked", "disliked")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def nobody(at=BEGIN, **more) -> For:
    return For("nobody", History(), at, **more)


def later(listener: For, minutes: float) -> For:
    return replace(listener, at=listener.at + timedelta(minutes=minutes))


def one_next(state, listener, engine):
    [[track]] = next_tracks([state], [listener], engine, 1)
    return track


def listened(state, listener, engine, outcomes, minutes=4.0):
    """Play so many tracks, each with its outcome; the state, the listener at the end, and the plays."""
    plays = []
    for outcome in outcomes:
        track = one_next(state, listener, engine)
        plays.append((track.item_id, listener.now_ms, outcome))
        state = played(state, *plays[-1])
        listener = later(listener, minutes)
    return state, listener, plays


def seeds_of(engine: Engine) -> list[Seed]:
    facts = engine.catalogue.facts
    return [
        Seed("artist", facts.artist_ids[3]), Seed("track", engine.ids.names([50])[0]), Seed("genre", "pop"), Seed("tag", "calm"),
        Seed("words", "calm music for a rainy night"), Seed("playlist", tuple(engine.ids.names([1, 70, 300]))),
    ]  # fmt: skip


def main_genre(engine: Engine) -> str:
    """The genre of most artists."""
    facts = engine.catalogue.facts
    items = np.repeat(np.arange(facts.n_items), np.diff(facts.genres.indptr))
    pairs = {(genre, artist) for genre, artist in zip(facts.genres.indices, facts.artist[items], strict=True)}
    return facts.genre_names[int(np.argmax(np.bincount([genre for genre, _ in pairs])))]


# -- what may not come back ------------------------------------------------------------------------------------------


@settings(max_examples=examples(15))
@given(
    st.integers(0, 5), st.integers(0, 99),
    st.lists(st.tuples(st.sampled_from(OUTCOMES), st.sampled_from([0.5, 4.0, 70.0])), min_size=5, max_size=25),
    st.integers(0, 25),
)  # fmt: skip
def test_nothing_comes_back_too_soon_whatever_happens(engine, which, chance, course, restart):
    facts = engine.catalogue.facts
    state, listener = start(seeds_of(engine)[which], engine, chance=chance), nobody()
    plays: list[tuple[int, int]] = []
    disliked = set()
    for number, (outcome, minutes) in enumerate(course):
        if number == restart:
            state = StationState.from_json(state.to_json())
        track = one_next(state, listener, engine)
        [item] = engine.places([track.item_id])
        lately = [one for one, at_ms in plays if listener.now_ms - at_ms < HOURS]
        assert facts.work[item] not in facts.work[lately]
        assert facts.artist[item] not in facts.artist[[one for one, _ in plays[-5:]]]
        assert facts.artist[item] not in disliked
        plays.append((int(item), listener.now_ms))
        if outcome == "disliked":
            disliked.add(facts.artist[item])
        state = played(state, track.item_id, listener.now_ms, outcome)
        listener = later(listener, minutes)


def test_what_is_chosen_ahead_keeps_the_rules_too(engine, fors):
    facts = engine.catalogue.facts
    state, listener, _ = listened(start(seeds_of(engine)[2], engine), fors[0], engine, ["played"] * 3)
    before = [play.item_id for play in state.plays]
    [tracks] = next_tracks([state], [listener], engine, 30)
    items = engine.places([*before, *(track.item_id for track in tracks)])
    assert len(tracks) == 30
    assert len(np.unique(facts.work[items])) == 33
    artists = facts.artist[items]
    for place in range(1, len(items)):
        assert artists[place] not in artists[max(place - 5, 0) : place]


def test_what_was_just_heard_elsewhere_does_not_come(engine):
    state = start(seeds_of(engine)[0], engine)
    first = one_next(state, nobody(), engine).item_id
    heard = History((Listen(first, nobody().now_ms - 2 * HOURS // 3),))
    assert one_next(state, replace(nobody(), history=heard), engine).item_id != first
    [tracks] = next_tracks([state], [replace(nobody(), history=heard)], engine, 20)
    assert first not in {track.item_id for track in tracks}


def test_exclusions_and_dislikes_of_the_listener_hold(engine):
    facts = engine.catalogue.facts
    state = start(seeds_of(engine)[0], engine)
    [free] = next_tracks([state], [nobody()], engine, 10)
    unwanted = engine.places([free[2].item_id, free[5].item_id])
    artist = facts.artist_ids[facts.artist[unwanted[0]]]
    listener = nobody(exclusions=Exclusions((Exclusion("artist", artist),)))
    listener = replace(listener, history=History(dislikes=(free[5].item_id,)))
    [tracks] = next_tracks([state], [listener], engine, 30)
    items = engine.places([track.item_id for track in tracks])
    assert facts.artist[unwanted[0]] not in facts.artist[items]
    assert unwanted[1] not in items


def test_a_track_may_come_again_after_three_hours(engine):
    facts = engine.catalogue.facts
    _, _, plays = listened(start(seeds_of(engine)[0], engine), nobody(), engine, ["liked"] * 40, minutes=20)
    assert len({item_id for item_id, _, _ in plays}) < 40
    assert facts.n_items > 40


# -- a state is a value ----------------------------------------------------------------------------------------------


def test_the_same_state_gives_the_same_tracks_and_another_chance_others(engine, fors):
    seed = seeds_of(engine)[2]
    state = start(seed, engine, chance=1)
    first, again = next_tracks([state, start(seed, engine, chance=1)], [fors[0], fors[0]], engine, 10)
    assert first == again
    others = [next_tracks([start(seed, engine, chance=one)], [fors[0]], engine, 10)[0] for one in range(2, 6)]
    assert all([one.item_id for one in other] != [one.item_id for one in first] for other in others)


@settings(max_examples=examples(8))
@given(st.integers(0, 5), st.lists(st.sampled_from(OUTCOMES), max_size=12))
def test_a_station_goes_on_after_a_restart_as_if_there_had_been_none(engine, which, outcomes):
    state, listener, _ = listened(start(seeds_of(engine)[which], engine, mood="calm"), nobody(), engine, outcomes)
    restored = StationState.from_json(state.to_json())
    assert restored == state
    assert next_tracks([restored], [listener], engine, 8) == next_tracks([state], [listener], engine, 8)


def test_a_station_outlives_tracks_that_are_no_longer_there(engine):
    state = replace(start(seeds_of(engine)[5], engine), item_ids=("gone", *engine.ids.names([4, 5])))
    state = played(played(state, "gone too", nobody().now_ms, "liked"), "gone as well", nobody().now_ms, "disliked")
    [tracks] = next_tracks([state], [nobody()], engine, 5)
    assert len(tracks) == 5


def test_how_many_tracks_is_checked(engine):
    with pytest.raises(BadRequest, match="n must be from 1 to 100"):
        next_tracks([start(seeds_of(engine)[0], engine)], [nobody()], engine, 0)


# -- what steers it --------------------------------------------------------------------------------------------------


def _near(tracks, item_id, engine) -> float:
    vectors = engine.catalogue.space.vectors
    return float(
        np.mean(vectors[engine.places([track.item_id for track in tracks])] @ vectors[engine.places([item_id])[0]])
    )


def test_a_skip_leads_away_and_a_like_leads_nearer_within_two_tracks(engine):
    nearness = {outcome: [] for outcome in OUTCOMES}
    for number in range(20):
        seed = Seed("artist", engine.catalogue.facts.artist_ids[3 * number])
        state, listener, _ = listened(start(seed, engine, chance=number), nobody(), engine, ["played"] * 3)
        item_id = one_next(state, listener, engine).item_id
        for outcome in OUTCOMES:
            after = played(state, item_id, listener.now_ms, outcome)
            [tracks] = next_tracks([after], [later(listener, 1)], engine, 2)
            nearness[outcome].append(_near(tracks, item_id, engine))
    means = {outcome: float(np.mean(values)) for outcome, values in nearness.items()}
    assert means["disliked"] < means["skipped"] - 0.02
    assert means["skipped"] < means["played"] - 0.02
    assert means["played"] < means["liked"] - 0.02


def test_a_mood_is_followed(engine):
    energy = engine.catalogue.facts.audio[:, AUDIO_FEATURES.index("energy")]
    found = {}
    for mood in ("calm", "energetic"):
        [tracks] = next_tracks([start(Seed("genre", "pop"), engine, mood=mood)], [nobody()], engine, 10)
        found[mood] = np.nanmean(energy[engine.places([track.item_id for track in tracks])])
    assert found["calm"] < found["energetic"] - 0.1
    leaned = leaning(start(Seed("genre", "pop"), engine), {"energy": 0.95})
    [tracks] = next_tracks([leaned], [nobody()], engine, 10)
    assert np.nanmean(energy[engine.places([track.item_id for track in tracks])]) > found["calm"]


def test_the_dial_goes_from_what_is_known_to_what_is_not(engine, fors):
    shares = []
    for dial in (0.0, 1.0):
        known = total = 0
        for listener in fors:
            state = start(Seed("genre", "pop"), engine)
            turned = replace(later(listener, 600), controls=Controls(dial=dial))
            [tracks] = next_tracks([state], [turned], engine, 15)
            mine = {listen.item_id for listen in listener.history.listens if not listen.skipped}
            known += sum(track.item_id in mine for track in tracks)
            total += len(tracks)
        shares.append(known / total)
    assert shares[0] > shares[1] + 0.1


def test_a_station_begins_with_the_track_or_artist_it_is_named_after(engine):
    facts = engine.catalogue.facts
    artist, track, *_ = seeds_of(engine)
    assert one_next(start(track, engine), nobody(), engine).item_id == track.said
    [first] = engine.places([one_next(start(artist, engine), nobody(), engine).item_id])
    assert facts.artist_ids[facts.artist[first]] == artist.said


def test_a_genre_station_keeps_to_its_genre_while_it_can(engine):
    facts = engine.catalogue.facts
    genre = main_genre(engine)
    state = start(Seed("genre", genre), engine)
    [tracks] = next_tracks([state], [nobody()], engine, 8)
    shares = facts.genres[engine.places([track.item_id for track in tracks])].toarray()
    assert (shares[:, facts.genre_names.index(genre)] > 0).all()


def test_every_track_has_a_reason_and_no_liking_is_made_up(engine):
    state = start(Seed("genre", main_genre(engine)), engine)
    [tracks] = next_tracks([state], [nobody()], engine, 10)
    assert all(track.reasons for track in tracks)
    assert not any(reason.text.startswith("because you") for track in tracks for reason in track.reasons)
    liked = tracks[0]
    after = played(state, liked.item_id, nobody().now_ms, "liked")
    [tracks] = next_tracks([after], [later(nobody(), 4)], engine, 5)
    assert any(
        f"near to {liked.title}, which you liked here" in reason.text for one in tracks for reason in one.reasons
    )


# -- it never ends ---------------------------------------------------------------------------------------------------


def _tiny(tmp_path, n_tracks: int, n_artists: int) -> Engine:
    """A catalogue of so many tracks, all played by three listeners."""
    tracks, artists = [f"t{number}" for number in range(n_tracks)], [f"a{number}" for number in range(n_artists)]
    library = Library.of(
        artists=pl.DataFrame({"artist_id": artists, "name": artists}),
        tracks=pl.DataFrame(
            {"track_id": tracks, "title": tracks, "artist_ids": [[f"a{number % n_artists}"] for number in range(n_tracks)]}
        ),
        listens=pl.DataFrame(
            {"listener_id": [f"u{who}" for who in range(3) for _ in tracks], "track_id": tracks * 3,
             "time": [BEGIN - timedelta(days=9 - who, minutes=4 * one) for who in range(3) for one in range(n_tracks)]}
        ),
    )  # fmt: skip
    train(library, Snapshots(tmp_path), model="rp3beta", measure=False)
    return Engine.open(tmp_path)


def test_a_tiny_catalogue_relaxes_the_artists_first_and_the_tracks_last(tmp_path):
    engine = _tiny(tmp_path, 6, 3)
    state, listener, plays = listened(start(Seed("track", "t0"), engine), nobody(), engine, ["played"] * 14)
    order = [item_id for item_id, _, _ in plays]
    assert sorted(order[:6]) == [f"t{number}" for number in range(6)]
    # Each of the six comes again in the order it was played: the one played longest ago first.
    assert order[6:12] == order[:6]
    assert order[12:] == order[:2]
    artists = [int(item_id[1:]) % 3 for item_id in order[:6]]
    assert artists[:3] == artists[3:]  # the artist heard longest ago first
    again = one_next(state, listener, engine)
    assert any("everything there is was played in the last three hours" in reason.text for reason in again.reasons)


def test_only_where_nothing_is_left_there_is_nothing(tmp_path):
    engine = _tiny(tmp_path, 3, 3)
    state = start(Seed("track", "t0"), engine)
    barred = Exclusions(tuple(Exclusion("item", f"t{number}") for number in range(2)))
    listener = nobody(exclusions=barred)
    [tracks] = next_tracks([state], [listener], engine, 4)
    assert [track.item_id for track in tracks] == ["t2"] * 4
    assert next_tracks([played(state, "t2", listener.now_ms, "disliked")], [listener], engine, 4) == [()]


def test_a_station_goes_on_further_afield_when_its_genre_is_exhausted(engine):
    facts = engine.catalogue.facts
    counts = np.bincount(facts.genres.indices, minlength=len(facts.genre_names))
    rarest = facts.genre_names[int(np.argmin(np.where(counts > 0, counts, counts.max())))]
    state, listener, plays = listened(start(Seed("genre", rarest), engine), nobody(), engine, ["played"] * 44)
    assert len({item_id for item_id, _, _ in plays}) == 44
    assert any("further afield" in reason.text for reason in one_next(state, listener, engine).reasons)


def test_stations_keep_their_rules_with_versions_without_times_and_with_artists_as_items(engines):
    for engine in engines:
        facts = engine.catalogue.facts
        seeds = [Seed("artist", facts.artist_ids[2]), Seed("genre", main_genre(engine)), Seed("words", "calm evening")]
        for seed in seeds:
            _, _, plays = listened(start(seed, engine), nobody(), engine, ["played", "skipped", "liked"] * 4)
            items = engine.places([item_id for item_id, _, _ in plays])
            assert len(np.unique(facts.work[items])) == 12
            for place in range(1, 12):
                assert facts.artist[items[place]] not in facts.artist[items[max(place - 5, 0) : place]]


def test_a_tag_station_has_more_of_its_tag_than_there_is(engine):
    [tracks] = next_tracks([start(Seed("tag", "calm"), engine)], [nobody()], engine, 15)
    every = match(["calm"], np.arange(engine.catalogue.facts.n_items), engine)
    played_here = every[engine.places([track.item_id for track in tracks])]
    assert (played_here > 0).mean() > 2 * (every > 0).mean()

"""Every control, exclusion and context of a request has the effect that it says, through the public door."""

import math
from calendar import timegm
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.demo import world
from segue.engine import (
    Context,
    Controls,
    Engine,
    Exclusion,
    Exclusions,
    History,
    Listen,
    Recommendation,
    Request,
    Snapshots,
    train,
)
from segue.engine.histories import histories_of
from segue.errors import BadRequest
from segue.library import Library
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import Facts
from segue.ranking.diversity import NO_RULES
from tests.effort import examples

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def library() -> Library:
    return world(seed=1, scale=0.15)


@pytest.fixture(scope="module")
def engine(library, tmp_path_factory) -> Engine:
    snapshots = Snapshots(tmp_path_factory.mktemp("home") / "snapshots")
    train(library, snapshots, model="rp3beta", measure=False)
    return Engine.open(snapshots.directory)


@pytest.fixture(scope="module")
def histories(library) -> list[History]:
    return histories_of(library.listeners["listener_id"].sort().head(12).to_list(), library, "track", 1_800_000_000_000)


@pytest.fixture(scope="module")
def history(histories) -> History:
    return histories[0]


@pytest.fixture(scope="module")
def facts(engine) -> Facts:
    return engine.catalogue.facts


def recommended(engine: Engine, request: Request) -> tuple[Recommendation, ...]:
    [answer] = engine.recommend([request])
    return answer.recommendations


def ids(engine: Engine, history: History, **request) -> list[str]:
    return [one.item_id for one in recommended(engine, Request(history, **request))]


def items(engine: Engine, history: History, **request) -> np.ndarray:
    return engine.places(ids(engine, history, **request))


def mean_over(histories: list[History], value: Callable[[History], float]) -> float:
    return float(np.mean([value(one) for one in histories]))


# -- controls ----------------------------------------------------------------------------------------------------


def test_the_dial_goes_from_familiar_artists_to_unknown_and_little_played_ones(engine, histories, facts):
    def familiar(dial: float, history: History) -> float:
        own = np.unique(facts.artist[engine.places(history.item_ids)])
        return float(np.isin(facts.artist[items(engine, history, controls=Controls(dial=dial))], own).mean())

    def popular(dial: float, history: History) -> float:
        return float(facts.rank[items(engine, history, controls=Controls(dial=dial))].mean())

    known = [mean_over(histories, lambda one, at=dial: familiar(at, one)) for dial in (0, 0.5, 1)]
    played = [mean_over(histories, lambda one, at=dial: popular(at, one)) for dial in (0, 0.5, 1)]
    assert known[0] > known[1] > known[2]
    assert min(played[:2]) > played[2]


def test_explicit_tracks_are_there_only_where_they_are_allowed(engine, history, facts):
    places = items(engine, history, n=500, rules=NO_RULES)
    assert (facts.explicit[places] == 1).any()
    places = items(engine, history, n=500, rules=NO_RULES, controls=Controls(explicit=False))
    assert len(places)
    assert not (facts.explicit[places] == 1).any()


def test_only_the_genres_asked_for(engine, history, facts):
    has_jazz = facts.genres[:, [facts.genre_names.index("jazz")]].toarray().ravel() > 0
    for controls in (Controls(genres=("jazz",)), Controls(genres=("JAZZ",))):
        places = items(engine, history, controls=controls, rules=NO_RULES)
        assert len(places) == 20
        assert has_jazz[places].all()
    both = items(engine, history, controls=Controls(genres=("jazz", "folk")), rules=NO_RULES)
    assert has_jazz[both].any()
    assert not has_jazz[both].all()


def test_only_the_decades_asked_for(engine, history, facts):
    years = facts.day.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    decade = int(np.median(years) // 10 * 10)
    places = items(engine, history, controls=Controls(decades=(decade,)))
    assert len(places)
    assert set(years[places] // 10 * 10) == {decade}


def test_only_the_languages_asked_for_and_what_has_no_words(engine, history, facts):
    for name in ("sv", "SV"):
        places = items(engine, history, controls=Controls(languages=(name,)))
        assert len(places)
        assert set(facts.language[places]) <= {-1, facts.languages.index("sv")}


def test_audio_features_stay_in_their_ranges(engine, history, facts):
    column = AUDIO_FEATURES.index("energy")
    low, high = (float(one) for one in np.quantile(facts.audio[:, column], [0.3, 0.6]))
    found = facts.audio[items(engine, history, controls=Controls(ranges={"energy": (low, high)})), column]
    assert len(found) == 20
    assert (found >= low).all()
    assert (found <= high).all()


def test_targets_pull_towards_a_value(engine, histories, facts):
    column = AUDIO_FEATURES.index("energy")

    def energy(history: History, **targets: float) -> float:
        return float(facts.audio[items(engine, history, controls=Controls(targets=targets)), column].mean())

    calm, usual, energetic = (
        mean_over(histories, lambda one, asked=asked: energy(one, **asked))
        for asked in ({"energy": 0}, {}, {"energy": 1})
    )
    assert calm < usual < energetic


def test_places_by_popularity_are_kept_to(engine, history, facts):
    for low, high in ((0.0, 0.3), (0.8, 1.0)):
        rank = facts.rank[items(engine, history, controls=Controls(popularity=(low, high)))]
        assert len(rank)
        assert (rank >= low).all()
        assert (rank <= high).all()


# -- exclusions --------------------------------------------------------------------------------------------------


def test_what_is_never_to_be_played_is_not(engine, history, facts):
    first = ids(engine, history)[0]
    [place] = engine.places([first])
    artist, release = facts.artist_ids[facts.artist[place]], facts.release_ids[facts.release[place]]

    def left(*never: Exclusion) -> np.ndarray:
        return items(engine, history, n=100, rules=NO_RULES, exclusions=Exclusions(never))

    assert place not in left(Exclusion("item", first))
    assert facts.artist[place] not in facts.artist[left(Exclusion("artist", artist))]
    assert facts.release[place] not in facts.release[left(Exclusion("release", release))]
    everything = left()
    assert place in everything
    unknown = [Exclusion("item", "no such"), Exclusion("artist", first), Exclusion("release", artist)]
    assert left(*unknown).tolist() == everything.tolist()


def test_an_exclusion_holds_until_its_time(engine, history):
    first = ids(engine, history)[0]
    for until_ms, gone in ((None, True), (1_001, True), (1_000, False), (999, False)):
        never = Exclusions((Exclusion("item", first, until_ms),), heard_within_days=None)
        assert (first not in ids(engine, history, context=Context(now_ms=1_000), exclusions=never)) == gone


def test_what_was_heard_stays_out_for_as_long_as_is_asked(engine):
    now = engine.manifest.until_ms
    heard = engine.ids.names(np.argsort(-engine.catalogue.facts.popularity, kind="stable")[:6])
    days = [0.5, 6, 8, 40]
    timed = [Listen(name, now - int(age * DAY_MS), 3) for name, age in zip(heard, days, strict=False)]
    history = History((*timed, Listen(heard[4], None, 3)))

    def back(within: float | None) -> set[str]:
        asked = Request(history, n=700, rules=NO_RULES, context=Context(now_ms=now),
                        exclusions=Exclusions(heard_within_days=within))  # fmt: skip
        return {one.item_id for one in recommended(engine, asked)} & set(heard[:5])

    assert back(None) == set()
    assert back(7) == {heard[2], heard[3]}
    assert back(30) == {heard[3]}
    assert back(0) == set(heard[:5])


def test_a_like_without_a_time_stays_out_as_if_just_heard_and_may_come_back_at_0_days(engine, history):
    first = ids(engine, history)[0]
    liking = history + History(likes=(first,))
    for within, back in ((None, False), (30, False), (0, True)):
        found = ids(engine, liking, n=700, rules=NO_RULES, exclusions=Exclusions(heard_within_days=within))
        assert (first in found) == back


def test_what_is_not_my_taste_says_nothing_and_does_not_come_back(engine, histories):
    mine, others = histories[0], histories[5]
    foreign = tuple(set(others.item_ids) - set(mine.item_ids))
    mixed = mine + History(tuple(one for one in others.listens if one.item_id in set(foreign)))
    only = Exclusions(not_my_taste=foreign)
    assert ids(engine, mixed, exclusions=only) == ids(engine, mine, exclusions=only)
    assert ids(engine, mixed) != ids(engine, mine)
    again = ids(engine, mixed, n=700, rules=NO_RULES, exclusions=replace(only, heard_within_days=0))
    assert not set(again) & set(foreign)


def test_dislikes_never_come_back_and_push_away(engine, history):
    first, *_ = ids(engine, history)
    disliking = history + History(dislikes=(first,))
    after = ids(engine, disliking)
    assert first not in after
    assert after != ids(engine, history)
    for within in (0, 30):
        exclusions = Exclusions(heard_within_days=within)
        assert first not in ids(engine, disliking, n=700, rules=NO_RULES, exclusions=exclusions)
    liked_too = disliking + History(likes=(first,) * 5)
    assert first not in ids(engine, liked_too, n=700, rules=NO_RULES, exclusions=Exclusions(heard_within_days=0))


def test_other_versions_of_what_was_heard_stay_out(engine, facts):
    several = np.flatnonzero(np.bincount(facts.work) > 1)
    assert len(several) > 5
    for work in several[:5]:
        versions = engine.ids.names(np.flatnonzero(facts.work == work))
        for history in (History.of({versions[0]: 2}), History(likes=versions[:1]), History(dislikes=versions[:1])):
            assert not set(versions) & set(ids(engine, history, n=700, rules=NO_RULES))
        assert not set(versions) & set(ids(engine, History(), seeds=(versions[0],), n=700, rules=NO_RULES))


# -- seeds and within --------------------------------------------------------------------------------------------


def test_seeds_pull_towards_them_also_with_a_history(engine, histories, facts):
    popular = np.argsort(-facts.popularity, kind="stable")
    for place in popular[[0, 40, 80, 120]]:
        seeds = tuple(engine.ids.names([place]))
        near = set(ids(engine, History(), seeds=seeds, n=100, rules=NO_RULES))

        def shared(history: History, near=near, **request) -> float:
            return len(near & set(ids(engine, history, rules=NO_RULES, **request)))

        with_seeds = mean_over(histories, lambda one, seeds=seeds, shared=shared: shared(one, seeds=seeds))
        assert with_seeds > mean_over(histories, shared) + 1
        assert all(not set(seeds) & set(ids(engine, one, seeds=seeds)) for one in histories)


def test_the_history_counts_beside_the_seeds(engine, histories):
    seeds = (histories[0].item_ids[0],)
    assert len({tuple(ids(engine, one, seeds=seeds)) for one in [*histories[1:4], History()]}) == 4


@settings(max_examples=examples(20))
@given(chosen=st.sets(st.integers(0, 762), max_size=40), known=st.booleans())
def test_only_what_is_within(engine, history, chosen, known):
    within = (*engine.ids.names(sorted(chosen)), "no such")
    found = ids(engine, history if known else History(), within=within, n=50, rules=NO_RULES)
    heard = set(history.item_ids) if known else set()
    works = engine.catalogue.facts.work
    out = set(works[engine.places(list(heard))]) if heard else set()
    assert set(found) == {name for name in within[:-1] if works[engine.places([name])[0]] not in out}


# -- context and cold start --------------------------------------------------------------------------------------


def test_songs_of_a_season_move_up_in_their_month_and_half_a_year_later_in_the_south(engine, histories):
    months = engine.catalogue.moments.months

    def december(history: History, **context) -> float:
        found = items(engine, history, context=Context(**context))
        return float((months[found, 11] - months[found, 5]).mean())

    by_december, by_june = (mean_over(histories, lambda one, m=month: december(one, month=m)) for month in (12, 6))
    assert by_december > by_june
    # Neither country has a crowd of its own here: what differs is the season.
    for one in histories[:4]:
        southern, northern = (ids(engine, one, context=Context(month=6, country=name)) for name in ("NZ", "FI"))
        assert southern == ids(engine, one, context=Context(month=12, country="FI")) != northern


def test_nobody_known_gets_what_the_country_and_the_age_group_play(engine, library):
    crowds = engine.catalogue.crowds
    [us] = [row for row, name in enumerate(crowds.names) if name == "country-US"]
    start, end = crowds.top.indptr[us : us + 2]
    most = engine.ids.names(crowds.top.indices[start:end][:5])
    for country in ("US", "us"):
        found = recommended(engine, Request(n=5, rules=NO_RULES, context=Context(country=country)))
        assert [one.item_id for one in found] == most
        assert all(one.reasons[0].text == "among the most played in US" for one in found)
    aged = recommended(engine, Request(n=5, rules=NO_RULES, context=Context(age=33)))
    assert aged[0].reasons[0].text == "among the most played by listeners aged 30-39"
    nowhere = recommended(engine, Request(n=5, rules=NO_RULES, context=Context(country="ZZ", age=99)))
    assert nowhere == recommended(engine, Request(n=5, rules=NO_RULES))
    assert nowhere[0].reasons[0].text == "among the most played these days"
    assert len({tuple(one.item_id for one in found) for found in (found, aged, nowhere)}) == 3


def test_exclusions_and_filters_hold_for_nobody_known(engine, facts):
    plain = items(engine, History())
    never = Exclusions((Exclusion("artist", facts.artist_ids[facts.artist[plain[0]]]),))
    assert facts.artist[plain[0]] not in facts.artist[items(engine, History(), exclusions=never)]
    assert plain[1] not in items(engine, History(dislikes=(engine.ids.names(plain[1:2])[0],)), n=700, rules=NO_RULES)
    rare = items(engine, History(), controls=Controls(popularity=(0, 0.2)))
    assert len(rare) == 20
    assert (facts.rank[rare] <= 0.2).all()


@pytest.mark.parametrize("controls", [Controls(targets={"energy": 0.0}), Controls(dial=1.0)])
def test_the_other_controls_hold_for_nobody_known_too(engine, controls):
    assert ids(engine, History(), controls=controls) != ids(engine, History())


def test_a_crowd_is_named_only_for_what_it_plays(engine):
    crowds = engine.catalogue.crowds
    us = crowds.group("country-US")
    top = set(crowds.top.indices[crowds.top.indptr[us] : crowds.top.indptr[us + 1]].tolist())
    found = recommended(engine, Request(n=700, rules=NO_RULES, context=Context(country="US")))
    for place, one in zip(engine.places([one.item_id for one in found]), found, strict=True):
        assert place in top or "in US" not in one.reasons[0].text


def test_three_liked_artists_are_enough_for_an_answer_of_their_own(engine, library, facts):
    def liking(genre: str) -> tuple[np.ndarray, list[str]]:
        code = facts.genre_names.index(genre)
        place = np.argsort(-facts.genres[:, [code]].toarray().ravel() * facts.popularity, kind="stable")
        artists = list(dict.fromkeys(facts.artist[place].tolist()))[:3]
        likes = [engine.ids.names(facts.items_of_artist[[artist]].indices[:1])[0] for artist in artists]
        found = items(engine, History(likes=tuple(likes)))
        return found, [one.text for one in recommended(engine, Request(History(likes=tuple(likes))))[0].reasons]

    jazz, texts = liking("jazz")
    folk, _ = liking("folk")
    assert len(jazz) == len(folk) == 20
    share = facts.genres[:, [facts.genre_names.index("jazz")]].toarray().ravel()
    assert share[jazz].mean() > share[folk].mean()
    assert any(text.startswith("because you like ") for text in texts)


def test_one_played_track_is_enough_and_is_the_reason(engine, history):
    [only] = recommended(engine, Request(History.of({history.item_ids[0]: 1.0}), n=1))
    assert [because.item_id for because in only.because] == [history.item_ids[0]]
    assert only.because[0].share == pytest.approx(1)
    assert any(reason.text.startswith("because you played ") for reason in only.reasons)


@pytest.mark.parametrize("opinion", ["likes", "dislikes"])
def test_an_opinion_changes_the_very_next_answer(engine, history, opinion):
    before = ids(engine, history)
    after = ids(engine, history + History(**{opinion: tuple(before[:2])}))
    assert before != after
    assert not set(after) & set(before[:2])
    assert ids(engine, history) == before


def test_a_skip_counts_against_and_a_play_for(engine, history):
    first = ids(engine, history)[0]
    [place] = engine.places([first])

    def weight(*listens: Listen) -> float:
        past = engine.past(Request(history + History(listens)))
        return float(past.weights[past.items == place][0])

    assert weight(Listen(first)) == 1
    assert weight(Listen(first, plays=2, skipped=True)) == -1
    assert weight(Listen(first, plays=4), Listen(first, plays=2, skipped=True)) == 3


# -- the lottery -------------------------------------------------------------------------------------------------


def test_the_lottery_is_bounded_by_the_dial_and_says_with_which_probability_it_drew(engine, history):
    for dial, wanted in ((1.0, 1.0), (1.0, 0.1), (0.5, 1.0), (0.25, 0.05), (0.0, 1.0)):
        asked = Request(history, n=20, controls=Controls(dial=dial), exploration=wanted)
        found = recommended(engine, asked)
        drawn = [one for one in found if one.propensity is not None]
        assert len(found) == 20
        assert len(drawn) == int(min(wanted, 0.4 * dial) * 20 + 1e-9)
        assert all(0 < one.propensity <= 1 for one in drawn)
        assert all((one.source == "exploration") == (one.propensity is not None) for one in found)
        assert all(one.reasons[0].kind == "explore" for one in drawn)
        assert found[0].propensity is None


def test_the_same_seed_draws_the_same_and_another_others(engine, history):
    def drawn(seed: int) -> list[str | None]:
        asked = Request(history, controls=Controls(dial=1), exploration=0.4, seed=seed)
        return [one.item_id if one.propensity is not None else None for one in recommended(engine, asked)]

    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in (-1, 0, 1, 2, 2**70 + 5)}) == 5


def test_nothing_is_drawn_unless_asked_for(engine, history):
    assert all(one.propensity is None for one in recommended(engine, Request(history, controls=Controls(dial=1))))


# -- the form of the answer --------------------------------------------------------------------------------------


def test_a_batch_is_the_same_as_one_by_one_from_any_thread(engine, histories):
    requests = [
        Request(one, n=10 + place, seed=place, exploration=0.4) for place, one in enumerate([*histories, History()])
    ]
    alone = [engine.recommend([one])[0] for one in requests]
    assert engine.recommend(requests) == alone
    with ThreadPoolExecutor(8) as pool:
        assert all(answers == alone for answers in pool.map(lambda _: engine.recommend(requests), range(16)))
    assert engine.recommend([]) == []


@pytest.mark.parametrize("n", [1_000, 10**15])
def test_more_than_there_is_gives_all_there_is_and_harms_nobody_after(engine, history, n):
    before = ids(engine, history)
    found = ids(engine, history, n=n, rules=NO_RULES)
    assert len(found) == len(set(found))
    works = engine.catalogue.facts.work
    open_ = ~np.isin(works, works[engine.places(history.item_ids)])
    assert set(engine.places(found)) == set(np.flatnonzero(open_))
    explored = ids(engine, history, n=n, exploration=1, controls=Controls(dial=1))
    assert len(explored) == len(set(explored)) > 20
    assert len(ids(engine, History(), n=n, rules=NO_RULES)) == len(engine.ids)
    assert ids(engine, history) == before


def test_a_page_is_a_full_one_whatever_is_rare_or_known(engine, histories):
    for one in histories:
        assert len(set(ids(engine, one, n=50))) == 50


def test_unknown_ids_change_nothing(engine, history):
    unknown = History(
        (Listen("no such", 5), Listen("", 5)),
        likes=("no such",),
        dislikes=("neither",),
        playlists=(("not", "this"), ()),
    )
    for one in (history, History()):
        plain = recommended(engine, Request(one))
        assert recommended(engine, Request(one + unknown, seeds=("nor that",))) == plain
    assert recommended(engine, Request(history, within=("no such",))) == ()


def test_an_expected_year_of_listening_is_read_whatever_its_order(engine, history):
    assert ids(engine, replace(history, listens=history.listens[::-1])) == ids(engine, history)


def test_reasons_may_be_left_out_and_change_nothing_else(engine, history):
    plain = recommended(engine, Request(history))
    bare = recommended(engine, Request(history, reasons=False))
    assert [replace(one, reasons=()) for one in plain] == list(bare)
    assert all(one.reasons for one in plain)
    assert bare[0].because == ()


def test_reasons_in_words(engine, histories, library):
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    texts: dict[str, list[str]] = {}
    for one in histories:
        heard = set(one.item_ids)
        for found in recommended(engine, Request(one, n=60)):
            for reason in found.reasons:
                texts.setdefault(reason.kind, []).append(reason.text)
                assert all(because.item_id in heard for because in reason.because)
                assert sum(because.share for because in reason.because) <= 1 + 1e-5
            assert all(found.reasons), "every reason has words"
    assert any(text.startswith("because you played ") for text in texts["played"])
    assert all(text.endswith(" listeners with your taste play this") for text in texts["listeners"])
    assert all(" is close to " in text for text in texts["related"])
    assert all(any(text.startswith(f"{name} is close") for name in names.values()) for text in texts["related"][:20])


def test_what_was_only_looked_for_is_not_said_to_be_played(engine, history):
    one, other = history.item_ids[:2]
    said = {
        reason.text.split(" ")[2]
        for found in recommended(engine, Request(History(searches=(one, other)), n=30))
        for reason in found.reasons
        if reason.kind == "played"
    }
    assert said == {"looked"}
    [first, *_] = recommended(engine, Request(History(listens=(Listen(one),), searches=(one,)), n=30))
    assert "because you played" in " ".join(reason.text for reason in first.reasons)
    assert History(searches=(one,)).item_ids == (one,)


def test_new_releases_say_so(engine, library, history):
    newest = library.releases["date"].max()
    now = timegm(newest.timetuple()) * 1000
    found = recommended(engine, Request(history, n=700, rules=NO_RULES, context=Context(now_ms=now)))
    new = [one for one in found if "new" in one.sources]
    assert new
    for one in new:
        assert any(reason.text.startswith("new from ") for reason in one.reasons)
    dates = dict(library.tracks.join(library.releases, on="release_id").select("track_id", "date_right").iter_rows())
    assert all(0 <= (newest - dates[one.item_id]).days <= 46 for one in new)


def test_alike_by_sound_says_what_they_share(engine, history):
    content = Engine.open(engine.path.parent, model="content")
    found = recommended(content, Request(History.of({history.item_ids[0]: 1.0})))
    assert found[0].reasons[0].kind == "sounds"
    assert found[0].reasons[0].text.startswith("sounds like ")
    assert any(": " in one.reasons[0].text for one in found)


# -- what makes no sense -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Request(n=0), lambda: Request(n=2.5), lambda: Request(n=None), lambda: Request(exploration=1.5),
        lambda: Request(exploration=math.nan), lambda: Request(seeds="t1"), lambda: Request(within="t1"),
        lambda: Controls(dial=-0.1), lambda: Controls(dial=math.nan), lambda: Controls(genres="jazz"),
        lambda: Controls(languages="sv"), lambda: Controls(targets={"loudnes": 1}), lambda: Controls(ranges={"x": (0, 1)}),
        lambda: Controls(targets={"energy": math.nan}), lambda: Controls(targets={"energy": math.inf}),
        lambda: Context(hour=24), lambda: Context(hour=12.5), lambda: Context(weekday=7), lambda: Context(month=0),
        lambda: Context(age=-1), lambda: Exclusion("album", "x"), lambda: Exclusions(heard_within_days=-1),
        lambda: Exclusions(heard_within_days=math.nan), lambda: Exclusions(not_my_taste="t1"),
        lambda: History(likes="t1"), lambda: History(dislikes="t1"), lambda: History(playlists="t1"),
        lambda: History(playlists=("t1",)),
    ],
)  # fmt: skip
def test_bad_values_are_refused_when_they_are_made(bad):
    with pytest.raises(BadRequest) as told:
        bad()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "bad",
    [
        Request(controls=Controls(genres=("no such genre",))), Request(controls=Controls(languages=("xx",))),
        Request(controls=Controls(decades=(1995,))), Request(controls=Controls(popularity=(0.9, 0.1))),
        Request(controls=Controls(ranges={"energy": (1, 0)})), Request(controls=Controls(ranges={"energy": (math.nan, 1)})),
        Request(History((Listen("demo:track:0001", plays=-1),))), Request(History((Listen("x", plays=math.nan),))),
        Request(History((Listen("x", plays=math.inf),))),
    ],
)  # fmt: skip
def test_bad_requests_are_refused_when_they_are_asked(engine, bad):
    with pytest.raises(BadRequest) as told:
        engine.recommend([bad])
    assert "\n" not in str(told.value)


# -- other snapshots ---------------------------------------------------------------------------------------------


def test_where_nobody_has_listened_there_is_nothing_for_nobody_and_something_for_a_seed(library, tmp_path):
    unheard = Library.of(artists=library.artists, releases=library.releases, tracks=library.tracks)
    train(unheard, Snapshots(tmp_path))
    engine = Engine.open(tmp_path)
    assert ids(engine, History()) == []
    assert ids(engine, History(), context=Context(country="US", age=30, month=12), n=10**12) == []
    [first] = engine.ids.names([0])
    assert len(ids(engine, History(), seeds=(first,))) == 20
    assert len(ids(engine, History(likes=(first,)), controls=Controls(dial=1), exploration=0.4)) == 20


def test_artists_are_recommended_where_artists_are_the_items(library, tmp_path):
    artists = library.artists.select("artist_id", "name", "genres")
    whose = library.tracks.select(pl.col("track_id"), artist_id=pl.col("artist_ids").list.first())
    listens = (
        library.listens.with_columns(pl.col("track_id", "listener_id").cast(pl.String)).drop("artist_id")
        .join(whose, on="track_id").group_by("listener_id", "artist_id")
        .agg(plays=pl.len().cast(pl.Int32)).sort("listener_id", "artist_id")
    )  # fmt: skip
    train(Library.of(artists=artists, listens=listens), Snapshots(tmp_path), model="rp3beta", measure=False)
    engine = Engine.open(tmp_path)
    assert engine.manifest.level == "artist"
    three = engine.ids.names([0, 1, 2])
    found = recommended(engine, Request(History(likes=tuple(three))))
    names = dict(artists.select("artist_id", "name").iter_rows())
    assert len(found) == 20
    assert {one.title for one in found} <= set(names.values())
    assert not {one.item_id for one in found} & set(three)
    assert found[0].because[0].title == names[found[0].because[0].item_id]
    never = Exclusions((Exclusion("artist", found[0].item_id),))
    assert found[0].item_id not in ids(engine, History(likes=tuple(three)), exclusions=never)

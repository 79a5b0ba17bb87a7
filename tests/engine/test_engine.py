from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from segue.engine import Context, Controls, Engine, History, Listen, Recommendation, Request, Snapshots, train
from segue.engine.histories import (
    histories_of,
    history_of_likes,
    history_of_listener,
    match_library,
    understand,
)
from segue.errors import BadSnapshot, NotEnoughData, NotFound
from segue.library import Library
from segue.ranking.diversity import NO_RULES


def ask(engine: Engine, plays: dict[str, float], n: int = 5, **request) -> tuple[Recommendation, ...]:
    """What comes of a history, by relevance alone."""
    [answer] = engine.recommend([Request(History.of(plays), n=n, rules=NO_RULES, **request)])
    return answer.recommendations


@pytest.fixture(scope="module")
def library() -> Library:
    """Two scenes of six artists with two tracks each; 30 listeners of either, each missing some tracks."""
    rng = np.random.default_rng(0)
    artists = [f"{scene} {n}" for scene in ("Metal", "Jazz") for n in ("One", "Two", "Three", "Four", "Five", "Six")]
    tracks = [(f"{artist} song {n}", artist) for artist in artists for n in ("A", "B")]
    rows = [
        (f"u{listener:02}", title, int(rng.integers(1, 9)))
        for listener in range(60)
        for place, (title, _) in enumerate(tracks)
        if (place < 12) == (listener < 30) and rng.random() < 0.7
    ]
    names, titles, plays = map(list, zip(*rows, strict=True))
    return Library.of(
        artists=pl.DataFrame({"artist_id": artists, "name": artists}),
        tracks=pl.DataFrame(
            {
                "track_id": [t for t, _ in tracks],
                "title": [t for t, _ in tracks],
                "artist_ids": [[a] for _, a in tracks],
            }
        ),
        listeners=pl.DataFrame({"listener_id": [f"u{n:02}" for n in range(60)], "country": ["SE"] * 30 + ["FR"] * 30}),
        listens=pl.DataFrame({"listener_id": names, "track_id": titles, "plays": plays, "source": ["s"] * len(rows)}),
    )


@pytest.fixture(scope="module")
def engine(library, tmp_path_factory) -> Engine:
    snapshots = Snapshots(tmp_path_factory.mktemp("home") / "snapshots")
    manifest = train(library, snapshots, model="ease", parameters={"regularisation": 1.0})
    assert manifest.metrics["ndcg@20"] > 0.2
    return Engine.open(snapshots.directory)


def test_recommendations_are_of_the_taste_and_not_what_was_played(engine):
    history = {"Metal One song A": 3, "Metal Two song B": 1}
    found = ask(engine, history)
    assert len(found) == 5
    assert all(one.title.startswith("Metal") for one in found)
    assert not {one.item_id for one in found} & set(history)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_reasons_name_what_the_score_owes_to_and_taking_it_away_lowers_it_by_as_much(engine):
    history = {"Metal One song A": 3.0, "Metal Two song B": 1.0, "Jazz One song A": 1.0}
    found = ask(engine, history)
    for one in found:
        assert one.because
        assert sum(because.share for because in one.because) <= 1 + 1e-6
        without = {name: weight for name, weight in history.items() if name != one.because[0].item_id}
        [column] = engine.places([one.item_id])
        pasts = [engine.past(Request(History.of(plays))) for plays in (history, without)]
        before, after = engine.model.scores(engine.matrix(pasts))[:, column]
        assert one.score == pytest.approx(before, rel=1e-5)
        assert after < before


def test_a_like_changes_the_very_next_answer(engine):
    metal = {"Metal One song A": 1.0}
    before = ask(engine, metal)
    after = ask(engine, metal | {"Jazz One song A": 5.0, "Jazz Two song A": 5.0})
    assert [one.item_id for one in before] != [one.item_id for one in after]
    assert any(one.title.startswith("Jazz") for one in after)


def test_a_batch_is_the_same_as_one_by_one(engine):
    requests = [Request(History.of(one), n=4) for one in ({"Metal One song A": 1.0}, {}, {"Jazz One song B": 2.0})]
    together = engine.recommend(requests)
    alone = [engine.recommend([request])[0] for request in requests]
    assert together == alone


def test_an_empty_history_gets_what_is_popular_in_the_country(engine, library):
    anywhere, sweden = ask(engine, {}), ask(engine, {}, context=Context(country="se", age=95))
    assert {one.source for one in anywhere} == {"popularity (overall)"}
    assert {one.source for one in sweden} == {"popularity (country-SE)"}
    assert all(one.title.startswith("Metal") for one in sweden)
    assert ask(engine, {"nobody knows this": 1.0}) == anywhere


def test_what_fills_a_page_beside_the_favourites_does_not_pass_for_one(engine):
    found = ask(engine, {}, 24, context=Context(country="SE"))
    assert [one.source for one in found] == ["popularity (country-SE)"] * 12 + ["popularity"] * 12
    assert {one.reasons[0].text for one in found[:12]} == {"among the most played in SE"}
    assert {one.reasons[0].text for one in found[12:]} == {"among the most played of what fits"}


def test_what_the_lottery_shows_to_nobody_known_says_so(engine):
    found = ask(engine, {}, controls=Controls(dial=1.0), exploration=0.4)
    drawn = [one for one in found if one.propensity is not None]
    assert len(drawn) == 2
    assert all(one.source == "exploration" and one.reasons[0].kind == "explore" for one in drawn)


def test_a_rating_without_its_value_is_no_opinion():
    said = pl.DataFrame({
        "listener_id": ["a"] * 4, "track_id": ["good", "bad", "rated", "loved"],
        "kind": ["rating", "rating", "rating", "like"], "rating": [5.0, 1.0, None, None],
    })  # fmt: skip
    [history] = histories_of(["a"], Library.of(feedback=said), "track", 0)
    assert (history.likes, history.dislikes) == (("good", "loved"), ("bad",))


def test_feedback_holds_until_its_time():
    said = pl.DataFrame({
        "listener_id": ["a"] * 2, "track_id": ["now", "later"], "kind": ["never"] * 2,
        "expires": pl.Series([datetime(2024, 1, 1, tzinfo=UTC), None]),
    })  # fmt: skip
    library, new_year = Library.of(feedback=said), 1_704_067_200_000
    held, over = (histories_of(["a"], library, "track", new_year + past_ms)[0] for past_ms in (-1, 0))
    assert (held.dislikes, over.dislikes) == (("now", "later"), ("later",))


def test_similar_tracks(engine):
    [found] = engine.similar(["Jazz Three song A"], 5)
    assert len(found) == 5
    assert all(one.title.startswith("Jazz") and one.title != "Jazz Three song A" for one in found)
    with pytest.raises(NotFound, match="no item 'x'"):
        engine.similar(["x"])


def test_names_are_understood_with_typing_errors_and_guesses(engine, library):
    [artist, track] = understand(["metal one", "Jazz Two - Jazz Two song A"], library, engine)
    assert set(artist.item_ids) == {"Metal One song A", "Metal One song B"}
    assert track.item_ids == ("Jazz Two song A",)
    assert set(history_of_likes([artist, track]).likes) == {"Metal One song A", "Metal One song B", "Jazz Two song A"}
    with pytest.raises(NotFound, match="nothing here is called 'Polka Band'"):
        understand(["Polka Band"], library, engine)


def test_the_history_of_a_listener_and_of_a_file(engine, library):
    history = history_of_listener("u00", library, engine)
    assert history.listens
    assert all(name.startswith("Metal") for name in history.item_ids)
    with pytest.raises(NotFound, match="no listener 'zoe'"):
        history_of_listener("zoe", library, engine)
    personal = Library.of(
        artists=pl.DataFrame({"artist_id": ["x", "y"], "name": ["Metal One", "Nobody"]}),
        tracks=pl.DataFrame(
            {"track_id": ["1", "2"], "title": ["Metal One Song A", "Unheard"], "artist_ids": [["x"], ["y"]]}
        ),
        listens=pl.DataFrame({"listener_id": ["me", "me"], "track_id": ["1", "2"], "plays": [4, 1]}),
    )
    brought = match_library(personal, library, engine)
    found, missing = brought.history, len(brought.unmatched)
    assert found.listens == (Listen("Metal One song A", plays=4.0),)
    assert missing == 1


def test_a_damaged_snapshot_is_refused_and_the_older_one_still_serves(library, tmp_path):
    snapshots = Snapshots(tmp_path)
    older = train(library, snapshots, model="popularity", measure=False).name
    newer = train(library, snapshots, model="ease", measure=False).name
    (tmp_path / newer / "model" / "weights.data.npy").unlink()
    with pytest.raises(BadSnapshot):
        Engine.open(tmp_path)
    (tmp_path / newer / "catalogue" / "facts" / "artist.npy").write_bytes(b"PAR1")
    with pytest.raises(BadSnapshot, match="can read"):
        Engine.open(tmp_path)
    assert Engine.open(tmp_path, older).manifest.model == "popularity"


def test_training_at_artist_level(library, tmp_path):
    train(library, Snapshots(tmp_path), model="rp3beta", level="artist", measure=False)
    engine = Engine.open(tmp_path)
    found = ask(engine, {"Jazz Six": 1.0}, 3)
    assert all(one.title.startswith("Jazz") for one in found)
    [understood] = understand(["Metal Two - Metal Two song A"], library, engine)
    assert understood.item_ids == ("Metal Two",)


def test_what_fewer_than_twenty_listeners_play_of_late_is_not_told(small_library, tmp_path):
    listens = small_library.listens.with_columns(skipped=pl.lit(value=False))
    train(replace(small_library, listens=listens), Snapshots(tmp_path), model="popularity", measure=False)
    first, *_ = ask(Engine.open(tmp_path), {}, 3)
    assert first.source == "popularity"


def test_whatever_countries_are_called_the_snapshot_stays_in_its_folder(library, tmp_path):
    listeners = library.listeners.with_columns(country=pl.lit("x/../../../escaped"))
    train(replace(library, listeners=listeners), Snapshots(tmp_path / "s"), model="popularity", measure=False)
    assert not list(tmp_path.glob("escaped*"))
    assert ask(Engine.open(tmp_path / "s"), {}, 2)


def test_with_nothing_but_skips_there_is_nothing_to_learn(tmp_path):
    skipped = Library.of(
        listens=pl.DataFrame({"listener_id": ["a", "b"], "track_id": ["x", "y"], "skipped": [True] * 2})
    )
    with pytest.raises(NotEnoughData, match="every listen was skipped"):
        train(skipped, Snapshots(tmp_path))


def test_arrays_that_point_outside_are_refused_before_native_code_sees_them(library, tmp_path):
    name = train(library, Snapshots(tmp_path), model="ease", measure=False).name
    indices = tmp_path / name / "model" / "weights.indices.npy"
    wrong = np.load(indices)
    wrong[0] = 2_000_000_000
    np.save(indices, wrong)
    with pytest.raises(BadSnapshot):
        Engine.open(tmp_path)


def test_a_listen_from_the_future_does_not_make_all_others_old(tmp_path):
    now = datetime.now(UTC)
    library = Library.of(
        tracks=pl.DataFrame({"track_id": ["loved", "odd"], "title": ["Loved", "Odd"]}),
        listens=pl.DataFrame(
            {
                "listener_id": [f"u{one}" for one in range(31)],
                "track_id": ["loved"] * 30 + ["odd"],
                "time": [now - timedelta(days=1)] * 30 + [now + timedelta(days=12 * 365)],
            }
        ),
    )
    train(library, Snapshots(tmp_path), model="popularity", measure=False)
    first, *_ = ask(Engine.open(tmp_path), {}, 1)
    assert (first.item_id, first.source) == ("loved", "popularity (trending)")


def test_a_track_whose_first_artist_is_not_in_the_catalogue_stands_for_the_next(tmp_path):
    library = Library.of(
        artists=pl.DataFrame({"artist_id": ["b"], "name": ["Bo"]}),
        tracks=pl.DataFrame({"track_id": ["t"], "title": ["Song"], "artist_ids": [["gone", "b"]]}),
        listens=pl.DataFrame({"listener_id": ["u", "v"], "artist_id": ["b", "b"]}),
    )
    train(library, Snapshots(tmp_path), model="popularity", measure=False)
    [understood] = understand(["Bo - Song"], library, Engine.open(tmp_path))
    assert understood.item_ids == ("b",)

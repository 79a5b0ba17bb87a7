"""Recommendations over HTTP: every part of the question by its effect."""

import polars as pl
import pytest

from segue.engine.request import Request
from segue.library.tables import AUDIO_FEATURES
from segue.web.discovery.models import Exposure
from segue.web.discovery.questions import Feature
from tests.web.discovery.conftest import keys


@pytest.fixture
def ask(api, fan):
    """Asks, and gives the keys of the tracks."""

    def asked(**question):
        return keys(api.post("/recommendations", question))

    return asked


@pytest.fixture
def rows(demo_library):
    """What the library says of tracks, in the order of keys."""

    def found(wanted):
        order = pl.DataFrame({"track_id": wanted})
        return order.join(demo_library.tracks, on="track_id", how="left", maintain_order="left")

    return found


def test_an_answer_says_what_why_and_from_which_snapshot(api, fan, snapshot, taste):
    answer = api.get("/recommendations?n=12").json()
    assert answer["snapshot"] == snapshot
    assert len(answer["recommendations"]) == 12
    first = answer["recommendations"][0]
    assert set(first) == {"track", "title", "artists", "score", "source", "sources", "reasons", "propensity"}
    because = [each for reason in first["reasons"] for each in reason["because"]]
    assert because
    assert {each["track"] for each in because} <= set(taste)
    assert not {one["track"] for one in answer["recommendations"]} & set(taste)


def test_asked_again_the_answer_is_the_same_but_for_its_exposure(api, fan):
    first, again = (api.get("/recommendations").json() for _ in range(2))
    assert first["recommendations"] == again["recommendations"]
    assert first["exposure"] != again["exposure"]
    posted = api.post("/recommendations", {}).json()
    assert [one["track"] for one in posted["recommendations"]] == [one["track"] for one in first["recommendations"]]


def test_get_and_post_ask_the_same(api, fan, ask):
    got = keys(api.get("/recommendations?n=5&dial=0.9&explicit=false&genres=rock&decades=2010&reasons=false"))
    controls = {"dial": 0.9, "explicit": False, "genres": ["rock"], "decades": [2010]}
    assert got == ask(n=5, controls=controls, reasons=False)


def test_the_dial_goes_from_known_artists_to_unknown_ones(ask, rows, taste):
    played = set(rows(taste)["artist_ids"].explode())
    known = [
        sum(artist in played for artist in rows(ask(n=40, controls={"dial": dial}))["artist_ids"].explode())
        for dial in (0.0, 1.0)
    ]
    assert known[0] > known[1]


def test_the_dial_of_the_account_holds_where_none_is_asked_for(api, fan, ask):
    unasked = ask()
    fan.dial = 1.0
    fan.save(update_fields=["dial"])
    type(fan).changed(fan.pk)
    assert ask() == ask(controls={"dial": 1.0}) != unasked


def test_without_explicit_words(ask, rows):
    assert rows(ask(n=100))["explicit"].any()
    assert not rows(ask(n=100, controls={"explicit": False}))["explicit"].any()


def test_only_genres_decades_and_languages_that_are_asked_for(ask, rows, demo_library):
    genre = demo_library.tracks["genres"].explode().value_counts(sort=True)["genres"][0]
    assert all(genre in genres for genres in rows(ask(controls={"genres": [genre.upper()]}))["genres"])
    years = rows(ask(controls={"decades": [2010]}))["date"].dt.year()
    assert len(years)
    assert ((years >= 2010) & (years < 2020)).all()
    language = demo_library.tracks["language"].drop_nulls().value_counts(sort=True)["language"][-1]
    assert set(rows(ask(controls={"languages": [language]}))["language"].drop_nulls()) == {language}


def test_ranges_targets_and_popularity(ask, rows, engine):
    energy = rows(ask(controls={"ranges": {"energy": [0.0, 0.4]}}))["energy"]
    assert len(energy)
    assert (energy <= 0.4).all()
    near, far = (rows(ask(n=30, controls={"targets": {"tempo": tempo}}))["tempo"].mean() for tempo in (180, 60))
    assert near > far
    places = engine.places(ask(controls={"popularity": [0.0, 0.5]}))
    assert (engine.catalogue.facts.rank[places] <= 0.5).all()


def test_what_is_excluded_does_not_come(ask, rows):
    first = rows(ask(n=10))
    track, artist = first["track_id"][0], first["artist_ids"][1][0]
    release = next(one for one in first["release_id"] if one is not None)
    never = [{"kind": "track", "key": track}, {"kind": "artist", "key": artist}, {"kind": "release", "key": release}]
    found = rows(ask(n=100, exclusions={"never": never}))
    assert track not in found["track_id"].to_list()
    assert artist not in found["artist_ids"].explode().to_list()
    assert release not in found["release_id"].to_list()
    over = ask(n=10, exclusions={"never": [{"kind": "track", "key": track, "until_ms": 1_000}]})
    assert track in over


def test_what_was_heard_long_ago_may_come_again(ask, taste):
    assert not set(ask(n=100)) & set(taste)
    again = set(ask(n=100, exclusions={"heard_within_days": 10})) & set(taste)
    assert again
    assert again <= set(taste[9:])


def test_what_is_not_my_taste_counts_no_more(ask, taste):
    assert ask(n=20) != ask(n=20, exclusions={"not_my_taste": taste[:10]})


def test_seeds_within_and_the_number(ask, engine, taste):
    seed = next(name for name in engine.ids.names(range(50)) if name not in taste)
    assert ask(n=20, seeds=[seed]) != ask(n=20)
    some = [name for name in engine.ids.names(range(200)) if name not in taste][:60]
    assert set(ask(n=10, within=some)) <= set(some)
    assert len(ask(n=200)) > 100


def test_rules_of_the_page(ask, rows):
    artists = rows(ask(n=30, rules={"per_artist": 1}))["artist_ids"].list.first()
    assert artists.n_unique() == len(artists)
    loose = rows(ask(n=60, rules={"per_artist": None, "per_release": None, "diversity": 0, "small_artists": 0}))
    assert loose["artist_ids"].list.first().value_counts()["count"].max() > 3


def test_exploration_says_how_likely_each_draw_was(api, fan):
    body = {"n": 50, "exploration": 1.0, "controls": {"dial": 1.0}, "seed": 3}
    found = api.post("/recommendations", body).json()["recommendations"]
    drawn = [one["propensity"] for one in found if one["propensity"] is not None]
    assert drawn
    assert all(0 < one <= 1 for one in drawn)
    assert found == api.post("/recommendations", {**body, "context": {}}).json()["recommendations"]
    assert found != api.post("/recommendations", {**body, "seed": 4}).json()["recommendations"]


def test_without_reasons(api, fan):
    found = api.post("/recommendations", {"reasons": False}).json()["recommendations"]
    assert all(one["reasons"] == [] for one in found)


def test_who_has_played_nothing_gets_what_their_country_plays(api, music, listener, sweden):
    asked = api.post("/recommendations", {"n": 5, "context": {"country": "se"}}).json()
    assert asked["recommendations"][0]["source"] == "popularity (country-SE)"
    assert "country" not in api.get("/recommendations?n=5").json()["recommendations"][0]["source"]


def test_a_history_of_its_own_is_answered_alone_and_nothing_is_noted(api, others_api, fan, engine, taste):
    history = {"listens": [{"track": taste[0], "plays": 3}], "likes": [taste[1]], "dislikes": [taste[2]]}
    mine = api.post("/recommendations", {"n": 10, "history": history}).json()
    others = others_api.post("/recommendations", {"n": 10, "history": history}).json()
    assert mine == others
    assert mine["exposure"] is None
    assert not Exposure.objects.exists()
    assert not {one["track"] for one in mine["recommendations"]} & set(taste[:3])
    assert mine["recommendations"] != api.get("/recommendations?n=10").json()["recommendations"]


def test_the_listener_counts_as_the_engine_would_count_them(api, fan, engine):
    """Over HTTP nothing is lost of what the Engine is asked."""
    from segue.web.listening.known import known_of  # noqa: PLC0415

    known = known_of(fan)
    request = Request(known.history, n=20, context=known.context, controls=known.controls, exclusions=known.exclusions)
    [answer] = engine.recommend([request])
    assert keys(api.get("/recommendations")) == [one.item_id for one in answer.recommendations]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"n": 0}, "n"), ({"n": 201}, "n"), ({"nn": 3}, "nn"), ({"controls": {"dial": 1.5}}, "dial"),
        ({"controls": {"ranges": {"loud": [0, 1]}}}, "ranges"), ({"context": {"hour": 24}}, "hour"),
        ({"exclusions": {"never": [{"kind": "song", "key": "x"}]}}, "kind"), ({"rules": {"diversity": -1}}, "diversity"),
        ({"controls": {"genres": ["no such genre"]}}, "genre"), ({"controls": {"decades": [1995]}}, "1995"),
        ({"controls": {"ranges": {"energy": [0.9, 0.1]}}}, "energy"), ({"controls": {"popularity": [0.9, 0.1]}}, "popularity"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_by_name(api, fan, engine, body, where):
    response = api.post("/recommendations", body)
    assert response.status_code == 422
    assert where in response.json()["detail"]


def test_of_a_question_in_the_address_too(api, fan, engine):
    for query in ("n=0", "n=x", "dial=2", "decades=1", "genres=" + "x" * 101):
        assert api.get(f"/recommendations?{query}").status_code == 422, query
    for text in ("Zürich", "%", "%00", "a" * 5000):
        assert api.get("/recommendations", X=text).status_code == 200
        assert api.client.get("/api/v1/recommendations", {"device": "x"}).status_code == 401


def test_the_features_are_those_of_the_library():
    assert Feature.__args__ == AUDIO_FEATURES

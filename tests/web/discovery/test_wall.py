"""The first visit: a wall of artists that shows all there is, and recommendations right after picking."""

import shutil

import numpy as np
import pytest
from django.conf import settings

from segue.errors import BadRequest, BadSnapshot, NotFound
from segue.web.catalog.models import Artist
from segue.web.discovery import wall
from segue.web.listening.models import Feedback, Listener


@pytest.fixture(autouse=True)
def _no_index():
    shutil.rmtree(settings.HOME.path / "search", ignore_errors=True)


def taste_of(engine) -> wall.Taste:
    return wall.Taste.of(engine)


def test_artists_are_points_where_their_items_are(engine):
    taste = taste_of(engine)
    facts, vectors = engine.catalogue.facts, engine.catalogue.space.vectors
    artist = facts.artist_ids.index(taste.keys[0])
    items = np.flatnonzero(facts.artist == artist)
    expected = (vectors[items] * (facts.popularity[items] + 1e-6)[:, None]).sum(axis=0)
    np.testing.assert_allclose(taste.vectors[0], expected / np.linalg.norm(expected), atol=1e-5)
    assert (np.diff(taste.popularity) <= 1e-6).all()


def test_the_wall_is_wider_than_the_charts(catalogue, engine):
    taste = taste_of(engine)

    def apart(keys) -> float:
        """The mean distance of each from its nearest neighbour."""
        places = [taste.keys.index(key) for key in keys]
        alike = taste.vectors[places] @ taste.vectors[places].T
        np.fill_diagonal(alike, -1)
        return float(1 - alike.max(axis=1).mean())

    shown = [one.key for one in wall.wall(12)]
    assert len(set(shown)) == 12
    assert apart(shown) > apart(taste.keys[:12])
    assert len({taste.genre[taste.keys.index(key)] for key in shown}) >= len({int(one) for one in taste.genre[:12]})


def test_the_same_wall_again(catalogue, engine):
    assert [one.key for one in wall.wall(10)] == [one.key for one in wall.wall(10)]


def test_half_of_the_wall_is_near_what_was_picked(catalogue, engine):
    taste = taste_of(engine)
    picked = taste.keys[3]
    shown = [one.key for one in wall.wall(10, near=(picked, "none"))]
    assert picked not in shown
    alike = taste.vectors @ taste.vectors[3]
    nearest = {taste.keys[place] for place in np.argsort(-alike)[1:9]}
    assert len(nearest & set(shown)) >= 3


def test_artists_of_the_listeners_country_come_to_the_front(catalogue, engine):
    countries = {one.key: one.country for one in Artist.objects.all()}
    country = max((one for one in countries.values() if one), key=list(countries.values()).count)
    plain = sum(one.country == country for one in wall.wall(12))
    assert sum(one.country == country for one in wall.wall(12, country=country)) >= plain


def test_the_wall_by_name(catalogue, engine):
    artist = Artist.objects.order_by("pk")[5]
    assert wall.wall(5, words=artist.name)[0].key == artist.key


def test_more_than_there_are(catalogue, engine):
    shown = wall.wall(1000)
    assert len({one.key for one in shown}) == len(shown) <= Artist.objects.count()


def test_without_a_snapshot_the_most_popular(db, monkeypatch):
    def none():
        raise BadSnapshot("none yet")

    monkeypatch.setattr(wall, "engine", none)
    Artist.objects.create(key="a", name="A", popularity=1.0)
    Artist.objects.create(key="b", name="B", popularity=9.0)
    Artist.objects.create(key="c", name="C")
    assert [one.key for one in wall.wall(2)] == ["b", "a"]
    assert [one.key for one in wall.wall(2, near=("b",))] == ["a", "c"]


# -- picking -------------------------------------------------------------------------------------------------------------


def test_picking_is_followed_by_recommendations_that_owe_to_it(catalogue, engine, api, listener):
    picked = [one.key for one in wall.wall(3)]
    before = api.get("/recommendations?n=10").json()
    response = api.post("/welcome", {"artists": picked})
    assert response.status_code == 200, response.content
    assert response.json()["artists"] == 3
    assert 3 <= response.json()["tracks"] <= 3 * wall.TRACKS_OF_ARTIST
    after = api.get("/recommendations?n=10").json()
    assert before["recommendations"] != after["recommendations"]
    liked = set(Feedback.objects.filter(listener=listener, track__isnull=False).values_list("track__key", flat=True))
    owed = {
        one["track"] for each in after["recommendations"] for reason in each["reasons"] for one in reason["because"]
    }
    assert owed & liked
    assert Listener.objects.get(pk=listener.pk).welcomed


def test_picking_twice_is_picking_once(catalogue, engine, listener):
    picked = [wall.wall(1)[0].key] * 2
    first = wall.choose(listener, picked)
    said = listener.feedback.count()
    assert wall.choose(listener, picked) == first
    assert listener.feedback.count() == said == first + 1


def test_nothing_is_kept_in_a_private_session(catalogue, engine, api, listener):
    Listener.objects.filter(pk=listener.pk).update(private_until_ms=2**60)
    assert api.post("/welcome", {"artists": [wall.wall(1)[0].key]}).status_code == 200
    assert not listener.feedback.exists()


def test_what_cannot_be_picked(catalogue, engine, api, listener):
    with pytest.raises(NotFound):
        wall.choose(listener, [wall.wall(1)[0].key, "nobody"])
    with pytest.raises(BadRequest):
        wall.choose(listener, [str(place) for place in range(wall.MOST_CHOSEN + 1)])
    assert api.post("/welcome", {"artists": [wall.wall(1)[0].key, "nobody"]}).status_code == 404
    assert api.post("/welcome", {}).status_code == 422
    assert not listener.feedback.exists()
    assert not Listener.objects.get(pk=listener.pk).welcomed


def test_the_wall_over_http(catalogue, engine, api):
    shown = api.get("/welcome/artists?n=6").json()["items"]
    assert len(shown) == 6
    more = api.get(f"/welcome/artists?n=6&near={shown[0]['id']}&near={shown[1]['id']}").json()["items"]
    assert not {one["id"] for one in more} & {shown[0]["id"], shown[1]["id"]}
    assert api.get(f"/welcome/artists?q={shown[3]['name']}").json()["items"][0]["id"] == shown[3]["id"]
    assert api.get("/welcome/artists?n=101").status_code == 422

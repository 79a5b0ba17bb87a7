"""Similar tracks, related artists and paths over HTTP."""

import pytest

from segue.library.tables import RELATIONS
from segue.mixes.related_artists import related_artists
from segue.web.listening.feedback import give_feedback


def test_similar_tracks_are_those_of_the_engine(api, fan, engine, taste):
    [expected] = engine.similar([taste[0]], 7)
    answer = api.get(f"/similar/{taste[0]}?n=7").json()
    assert [one["track"] for one in answer["tracks"]] == [one.item_id for one in expected]
    assert all(one["alike"] == [] for one in answer["tracks"])
    told = api.get(f"/similar/{taste[0]}?n=7&why=1").json()["tracks"]
    assert any(one["alike"] for one in told)
    shared = next(one["alike"][0] for one in told if one["alike"])
    assert set(shared) == {"group", "likeness", "share", "what"}


def test_of_what_is_not_there_nothing_is_similar(api, fan, engine):
    for path in ("/similar/nothing", "/similar/a/b%2Fc", "/related/nobody", "/similar/%00"):
        response = api.get(path)
        assert response.status_code == 404, path
        assert response["Content-Type"] == "application/problem+json"


def test_related_artists_with_what_the_catalogue_says_of_them(api, catalogue, engine, demo_library):
    """As from the library itself: the reasons name who worked together and who says so."""
    asked = [*demo_library.relations["artist_id"].head(3), *demo_library.artists["artist_id"].head(3)]
    for artist in asked:
        [expected] = related_artists([artist], engine, 10, demo_library)
        found = api.get(f"/related/{artist}?n=10").json()["artists"]
        assert [one["artist"] for one in found] == [one.artist_id for one in expected]
        assert [one["name"] for one in found] == [one.name for one in expected]
        said = [sorted(reason["text"] for reason in one["reasons"]) for one in found]
        assert said == [sorted(reason.text for reason in one.reasons) for one in expected]
    assert RELATIONS.name == "relations"


def test_a_path_goes_from_one_track_to_the_other(api, fan, engine, taste):
    answer = api.get(f"/path?from={taste[0]}&to={taste[9]}&n=5").json()
    found = [one["track"] for one in answer["tracks"]]
    assert (found[0], found[-1], len(found)) == (taste[0], taste[9], 7)
    assert len(answer["jumps"]) == 6
    give_feedback(fan, "never", track_key=found[3])
    assert found[3] not in [
        one["track"] for one in api.get(f"/path?from={taste[0]}&to={taste[9]}&n=5").json()["tracks"]
    ]


@pytest.mark.parametrize("query", ["", "from=a", "from=a&to=b&n=0", "from={0}&to={0}"])
def test_a_path_that_cannot_be(api, fan, engine, taste, query):
    assert api.get(f"/path?{query.format(taste[0])}").status_code == 422


def test_a_path_to_nowhere(api, fan, engine, taste):
    assert api.get(f"/path?from={taste[0]}&to=nowhere").status_code == 404

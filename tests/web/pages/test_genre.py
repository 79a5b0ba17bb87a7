"""The page of a genre or tag."""

import pytest

from segue.web.catalog import search
from segue.web.catalog.models import Track


@pytest.fixture
def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_genre_in_any_spelling_and_a_tag(signed_in, catalogue, snapshot, django_assert_max_num_queries):
    search.rebuild()
    for said in ("hip hop", "Hip-Hop", "HIPHOP"):
        with django_assert_max_num_queries(20):
            page = signed_in.get(f"/genre/{said}/")
        assert page.context["name"] == "hip hop"
        assert len(page.context["tracks"]) == 20
        assert page.context["artists"]
        assert 'name="kind" value="genre"' in page.text
    keys = [row.id for row in page.context["tracks"]]
    assert all("hip hop" in track.genres for track in Track.objects.filter(key__in=keys))
    page = signed_in.get("/genre/dreamy/")
    assert page.context["kind"] == "tag"
    assert page.context["tracks"]


def test_a_genre_that_there_is_not(signed_in, catalogue, snapshot):
    for said in ("zzqqxx", "%00", "..%2f", "%3Cscript%3E"):
        page = signed_in.get(f"/genre/{said}/")
        assert page.status_code == 404, said
        assert "<script>alert" not in page.text

"""The page of a release."""

import pytest

from segue.web.catalog.models import AudioFile, Release, Track


@pytest.fixture
def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_its_tracks_in_the_order_of_their_numbers(signed_in, catalogue, django_assert_max_num_queries):
    release = Release.objects.filter(tracks__isnull=False).first()
    tracks = list(release.tracks.order_by("pk"))
    for number, track in enumerate(reversed(tracks), 1):
        AudioFile.objects.create(path=f"/{number}", track=track, content_id=str(number), track_number=number)
    with django_assert_max_num_queries(20):
        page = signed_in.get(f"/release/{release.key}/")
    assert [row.id for row in page.context["tracks"]] == [track.key for track in reversed(tracks)]
    assert page.context["by"]
    assert page.context["length"].endswith("min")
    assert release.key not in [tile.href for tile in page.context["more"]]


def test_a_release_of_nothing_but_a_title_and_a_very_long_one(signed_in, db):
    bare = Release.objects.create(key="bare/one", title="Bare")
    assert "None of its tracks is here." in signed_in.get("/release/bare/one/").text
    Track.objects.bulk_create(Track(key=f"t{number}", title="T", release=bare) for number in range(130))
    page = signed_in.get("/release/bare/one/?page=2")
    assert len(page.context["tracks"]) == 30
    assert page.context["by"] == []
    assert signed_in.get("/release/none/").status_code == 404

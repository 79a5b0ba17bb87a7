"""The page of an artist."""

import pytest

from segue.web.catalog.models import Artist, Credit, Release, Track
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Listen


@pytest.fixture
def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def artist(catalogue, snapshot) -> Artist:
    """The one with most tracks."""
    counts: dict[int, int] = {}
    for pk in Credit.objects.filter(featured=False).values_list("artist_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return Artist.objects.get(pk=max(counts, key=lambda pk: counts[pk]))


def test_what_an_artist_is_played_for_and_what_they_made(signed_in, listener, artist):
    give_feedback(listener, "like", artist_key=artist.key)
    track = Track.objects.filter(credits__artist=artist).first()
    Listen.objects.create(listener=listener, track=track, time_ms=1_700_000_000_000, plays=41, event=1)
    page = signed_in.get(f"/artist/{artist.key}/")
    assert page.status_code == 200
    assert len(page.context["tracks"]) == min(10, artist.credits.filter(featured=False).count())
    assert page.context["releases"]
    assert page.context["related"]
    assert page.context["yours"] == "You played this 41 times, last in November 2023."
    assert 'data-say="like" aria-pressed="true"' in page.text
    assert 'data-say="never" aria-pressed="false"' in page.text


def test_few_listeners_are_not_counted(signed_in, artist):
    page = signed_in.get(f"/artist/{artist.key}/")
    number = page.context["listeners"]
    assert number == 0 or number >= 20
    assert ("listeners here" in page.text) == bool(number)


def test_no_query_for_each_row(signed_in, artist, django_assert_max_num_queries):
    signed_in.get(f"/artist/{artist.key}/")
    with django_assert_max_num_queries(25):
        signed_in.get(f"/artist/{artist.key}/")


def test_an_artist_of_many_releases_is_shown_in_pages(signed_in, artist):
    for number in range(70):
        on = Release.objects.create(key=f"r/{number}:?#", title=f"Number {number}")
        track = Track.objects.create(key=f"t/{number}:?#", title="One", release=on)
        Credit.objects.create(track=track, artist=artist, position=0)
    page = signed_in.get(f"/artist/{artist.key}/")
    assert len(page.context["releases"]) == 12
    assert f"/releases/{artist.key}/" in page.text
    first = signed_in.get(f"/releases/{artist.key}/")
    second = signed_in.get(f"/releases/{artist.key}/?page=2")
    assert (len(first.context["releases"]), len(second.context["releases"]) > 0) == (60, True)
    assert signed_in.get(f"/releases/{artist.key}/?page=nonsense").status_code == 200
    assert signed_in.get(first.context["releases"][0].href).status_code == 200


def test_an_artist_of_whom_nothing_is_known(signed_in, db):
    Artist.objects.create(key="https://x.org/a b?c=d#e:فرقة", name="<b>فرقة الليل</b> 🎷 " + "long " * 60)
    page = signed_in.get("/artist/https%3A//x.org/a%20b%3Fc%3Dd%23e%3A%D9%81%D8%B1%D9%82%D8%A9/")
    assert page.status_code == 200
    assert "<b>فرقة" not in page.text
    assert "None of their tracks is here." in page.text
    for missing in ("/artist/nobody/", "/releases/nobody/", "/artist/%00/"):
        assert signed_in.get(missing).status_code == 404, missing

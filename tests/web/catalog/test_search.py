"""Search: what people type finds what they mean; it never fails; and it shows nothing that is private or gone."""

import shutil
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from segue.errors import Busy
from segue.web.catalog import search
from segue.web.catalog.models import Artist, Credit, Release, Track
from segue.web.listening.models import Listener
from segue.web.playlists.models import Playlist
from tests.effort import examples

ARTISTS = {
    "radiohead": "Radiohead", "beatles": "The Beatles", "bjork": "Björk", "acdc": "AC/DC", "utada": "宇多田ヒカル",
    "fairuz": "فيروز", "idan": "עידן רייכל", "thethe": "The The", "chk": "!!!", "sg": "Simon & Garfunkel", "motor": "Motörhead",
    "metallica": "Metallica", "carabao": "คาราบาว", "kino": "Кино", "pink": "P!nk", "tribute": "Metalica Tribute Band",
}  # fmt: skip
TRACKS = [
    ("creep", "Creep", "radiohead", 60.0), ("creep-stone", "Creep", "motor", 99.0), ("jude", "Hey Jude", "beatles", 90.0),
    ("joga", "Jóga", "bjork", 50.0), ("first-love", "First Love", "utada", 70.0), ("ace", "Ace of Spades", "motor", 80.0),
    ("creep-live", "Creep (Live)", "radiohead", 40.0), ("creep-again", "Creep", "radiohead", 20.0),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_index():
    """The database of each test is undone; so is what was indexed of it."""
    shutil.rmtree(settings.HOME.path / "search", ignore_errors=True)
    yield
    shutil.rmtree(settings.HOME.path / "search", ignore_errors=True)


def fill() -> None:
    """Artists, tracks and releases with names that are hard to find."""
    made = {key: Artist.objects.create(key=key, name=name, popularity=50.0) for key, name in ARTISTS.items()}
    Artist.objects.filter(key="radiohead").update(
        genres=["Art Rock", "art rock"], tags=[{"tag": "oxford", "weight": 3}]
    )
    release = Release.objects.create(key="pablo", title="Pablo Honey", artist_keys=["radiohead"])
    for key, title, by, popularity in TRACKS:
        track = Track.objects.create(key=key, title=title, popularity=popularity, genres=["Art Rock"],
                                     release=release if by == "radiohead" else None)  # fmt: skip
        Credit.objects.create(track=track, artist=made[by], position=0)


@pytest.fixture
def names(db):
    """`fill`, in the database."""
    fill()


def first(words, *kinds, **more):
    found = search.find(words, kinds, **more)
    return (found[0].kind, found[0].key) if found else None


@pytest.mark.parametrize(
    ("words", "kind", "key"),
    [
        ("Radiohead", "artist", "radiohead"), ("radioh", "artist", "radiohead"), ("RADIO HEAD", "artist", "radiohead"),
        ("radiohead creep", "track", "creep"), ("creep radiohead", "track", "creep"), ("radiohed crep", "track", "creep"),
        ("beatels", "artist", "beatles"), ("the beatles", "artist", "beatles"), ("beatles, the", "artist", "beatles"),
        ("beatles hey", "track", "jude"), ("bjork", "artist", "bjork"), ("BJÖRK", "artist", "bjork"), ("joga", "track", "joga"),
        ("acdc", "artist", "acdc"), ("ac-dc", "artist", "acdc"), ("motorhead", "artist", "motor"), ("the the", "artist", "thethe"),
        ("宇多田", "artist", "utada"), ("ヒカル", "artist", "utada"), ("宇多田ヒカル first", "track", "first-love"),
        ("فيروز", "artist", "fairuz"), ("فَيْرُوز", "artist", "fairuz"), ("עידן", "artist", "idan"), ("รา", "artist", "carabao"),
        ("кино", "artist", "kino"), ("!!!", "artist", "chk"), ("pink", "artist", "pink"), ("p!nk", "artist", "pink"),
        ("simon garfunkel", "artist", "sg"), ("simon and garfunkel", "artist", "sg"), ("art rock", "genre", "art-rock"),
        ("pablo hony", "release", "pablo"), ("ace spades", "track", "ace"), ("metallica", "artist", "metallica"),
        ("ace of spades motorhead lyrics", "track", "ace"),
    ],
)  # fmt: skip
def test_what_is_meant_comes_first(names, words, kind, key):
    assert first(words) == (kind, key)


def test_an_exact_name_comes_before_what_is_more_popular_and_only_begins_so(names):
    Artist.objects.create(key="low", name="Low", popularity=1.0)
    Artist.objects.create(key="lowkey", name="Lowkey", popularity=100.0)
    assert [hit.key for hit in search.find("low", ("artist",))] == ["low", "lowkey"]


def test_of_the_same_name_the_most_popular_comes_first_and_doubles_are_shown_once(names):
    found = [hit.key for hit in search.find("creep", ("track",))]
    assert found[:2] == ["creep-stone", "creep"]
    assert "creep-live" in found
    assert "creep-again" not in found


def test_a_word_mistyped_is_found_though_others_are_called_so(names):
    assert "metallica" in [hit.key for hit in search.find("metalica")]


def test_only_what_was_asked_for_and_no_more_of_it(names):
    assert {hit.kind for hit in search.find("radiohead", ("track",))} == {"track"}
    assert len(search.find("c", limit=2)) == 2
    assert search.find("creep", limit=0) == []


def test_hits_say_by_whom(names):
    [hit] = search.find("pablo honey", ("release",))
    assert (hit.title, hit.subtitle) == ("Pablo Honey", "Radiohead")


def test_genres_are_one_however_they_are_written(names):
    assert [(one.key, one.title) for one in search.genres()] == [("art-rock", "Art Rock")]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "💥",
        "\0",
        'title:"creep" AND (x OR',
        "[a TO b] ~3 ^2 *",
        "x" * 10_000,
        "ab " * 4_000,
        "\ud800",
        "-",
        "\\",
    ],
)
def test_any_text_may_be_asked(names, words):
    assert isinstance(search.find(words), list)


@hypothesis_settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.text(max_size=80))
def test_no_text_fails(names, words):
    for hit in search.find(words):
        assert hit.kind in search.KINDS


@hypothesis_settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=60))
def test_whatever_is_called_anything_is_found_by_it(db, name):
    artist = Artist.objects.create(key=f"any:{Artist.objects.count()}", name=name)
    if not search.Asked.of(name).words:
        return
    assert artist.key in [hit.key for hit in search.find(name, ("artist",), limit=50)]
    Artist.objects.all().delete()


# -- keeping up ----------------------------------------------------------------------------------------------------------


def test_new_rows_are_found_at_once_and_old_ones_still(names):
    assert first("radiohead") == ("artist", "radiohead")
    Artist.objects.create(key="new", name="Portishead")
    assert first("portishead") == ("artist", "new")
    assert first("radiohead") == ("artist", "radiohead")


def test_a_rebuild_takes_out_what_is_gone_and_leaves_one_index(names):
    assert first("hey jude") == ("track", "jude")
    Track.objects.filter(key="jude").delete()
    lines: list[str] = []
    assert search.rebuild(lines.append) > 20
    assert "jude" not in [hit.key for hit in search.find("hey jude")]
    search.rebuild()
    folder = settings.HOME.path / "search" / "catalogue"
    assert (
        len([each for each in folder.iterdir() if each.is_dir() and each.name != (folder / "current").read_text()]) <= 1
    )


def test_a_half_made_index_of_a_killed_process_does_no_harm(names):
    search.rebuild()
    draft = settings.HOME.path / "search" / "catalogue" / "1-abc.draft"
    draft.mkdir()
    assert first("bjork") == ("artist", "bjork")
    search.rebuild()
    assert not draft.exists()


def test_a_damaged_index_is_made_anew(names):
    search.rebuild()
    folder = settings.HOME.path / "search" / "catalogue"
    (folder / "current").write_text("nothing")
    assert first("bjork") == ("artist", "bjork")


def test_who_searches_while_it_is_made_anew_finds_in_the_old_one(names):
    search.rebuild()
    with search._CATALOGUE.changing():
        Artist.objects.create(key="new", name="Portishead")
        assert first("bjork") == ("artist", "bjork")
        with pytest.raises(Busy):
            search.rebuild()
    assert first("portishead") == ("artist", "new")


def test_without_an_index_the_database_finds_what_begins_so(names):
    with search._CATALOGUE.changing():
        assert first("radio", "artist", "track", "release") == ("artist", "radiohead")
        assert first("hey j") == ("track", "jude")
        assert first("pab") == ("release", "pablo")


def test_two_threads_at_once_make_one_index(transactional_db):
    fill()
    done: list[object] = []

    def make() -> None:
        from django.db import connection  # noqa: PLC0415

        try:
            done.append(search.rebuild(wait_s=20))
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert len(done) == 2
    assert done[0] == done[1]
    assert first("bjork") == ("artist", "bjork")


@pytest.mark.one_database
def test_nothing_is_opened_at_import():
    code = (
        "import os, threading; os.environ['DJANGO_SETTINGS_MODULE'] = 'segue.web.settings'; import django; django.setup();"
        "import segue.web.catalog.search; assert threading.active_count() == 1; from django.conf import settings;"
        "assert not (settings.HOME.path / 'search').exists()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- playlists -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(db):
    return Listener.objects.create(key="owner")


def shared(owner, title, **more) -> Playlist:
    made = Playlist.objects.create(listener=owner, title=title, public=True, **more)
    search.playlist_changed(made.key)
    return made


def test_a_public_playlist_is_found_and_a_private_one_by_its_owner_only(names, owner):
    playlist = shared(owner, "Rainy Sundays")
    assert first("rainy sunday") == ("playlist", playlist.key)
    Playlist.objects.filter(pk=playlist.pk).update(public=False)
    # Even before the index knows.
    assert first("rainy sunday") is None
    search.playlist_changed(playlist.key)
    assert first("rainy sunday") is None
    assert first("rainy sunday", listener=owner) == ("playlist", playlist.key)
    assert first("rainy sunday", listener=Listener.objects.create(key="other")) is None


def test_a_playlist_is_found_by_its_new_name_and_not_when_it_is_gone(names, owner):
    playlist = shared(owner, "Rainy Sundays")
    Playlist.objects.filter(pk=playlist.pk).update(title="Thunder")
    search.playlist_changed(playlist.key)
    assert [hit.title for hit in search.find("thunder", ("playlist",))] == ["Thunder"]
    assert first("rainy sundays", "playlist") is None
    key = playlist.key
    playlist.delete()
    assert first("thunder", "playlist") is None
    search.playlist_changed(key)
    assert first("thunder", "playlist") is None


def test_nothing_of_somebody_who_left_is_on_the_disk(names, owner):
    shared(owner, "Zanzibar nights")
    kept = shared(Listener.objects.create(key="other"), "Zanzibar days")
    assert len(search.find("zanzibar", ("playlist",))) == 2
    search.forget_listener(owner.pk)
    Playlist.objects.filter(listener=owner).delete()
    assert [hit.key for hit in search.find("zanzibar", ("playlist",))] == [kept.key]
    on_disk = b"".join(file.read_bytes() for file in (settings.HOME.path / "search").rglob("*") if file.is_file())
    assert b"nights" not in on_disk.lower()
    assert b"Zanzibar days" in on_disk


# -- over HTTP -----------------------------------------------------------------------------------------------------------


def test_search_over_http(names, api):
    response = api.get("/search?q=radiohead+creep&limit=3")
    assert response.status_code == 200
    assert response.json()["items"][0] | {"score": 0} == {
        "kind": "track", "id": "creep", "title": "Creep", "subtitle": "Radiohead", "score": 0
    }  # fmt: skip
    assert {hit["kind"] for hit in api.get("/search?q=radiohead&kinds=track&kinds=release").json()["items"]} <= {
        "track",
        "release",
    }


@pytest.mark.parametrize("query", ["", "q=", "q=+", "q=a&limit=0", "q=a&limit=51", "q=a&kinds=song"])
def test_what_cannot_be_searched_says_so(names, api, query):
    response = api.get(f"/search?{query}")
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"


def test_a_whole_search_counts_and_typing_does_not(names, api, listener):
    api.get("/search?q=radioh&typing=1")
    assert not listener.searches.exists()
    api.get("/search?q=radiohead")
    [noted] = listener.searches.all()
    assert (noted.words, noted.artist.key, noted.track) == ("radiohead", "radiohead", None)


def test_nothing_is_noted_in_a_private_session(names, api, listener):
    Listener.objects.filter(pk=listener.pk).update(private_until_ms=2**60)
    assert api.get("/search?q=radiohead").json()["items"]
    assert not listener.searches.exists()


def test_who_is_not_signed_in_finds_nothing(names, client):
    assert client.get("/api/v1/search?q=a").status_code == 401

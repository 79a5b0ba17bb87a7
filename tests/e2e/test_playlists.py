"""Playlists in a real browser: put in order by hand and by keys, added to from a menu, made together, taken away as a file."""

import re

import pytest
from django.test import Client

from segue.web.catalog.models import Artist, Credit, Track
from segue.web.listening.models import listener_of
from segue.web.playlists import members, services
from tests.web.conftest import listener, stranger, user  # noqa: F401 - fixtures


@pytest.fixture
def songs(transactional_db) -> list[str]:
    """The keys of eight tracks; they were welcomed who come."""
    artist = Artist.objects.create(key="artist:her", name="Her")
    for place in range(8):
        track = Track.objects.create(key=f"track:{place}", title=f"Song {place}", duration_ms=60_000)
        Credit.objects.create(track=track, artist=artist, position=0)
    return [f"track:{place}" for place in range(8)]


@pytest.fixture
def tab_of(browser, live_server):
    """Opens a page as somebody, in a browser of their own; what it is told of is kept in `said`."""
    contexts = []

    def opens(who, path):
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
        )
        contexts.append(context)
        client = Client()
        client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
        context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
        tab = context.new_page()
        tab.set_default_timeout(15_000)
        tab.said = []
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.goto(path)
        tab.wait_for_selector("#rail-playlists a", state="attached")
        return tab

    yield opens
    for context in contexts:
        context.close()


def order(tab) -> str:
    """The numbers of the songs on the page, in order."""
    return "".join(re.findall(r"\d", "".join(tab.locator("#entries .title").all_inner_texts())))


def told(tab):
    """Waits for the answer of the API to a change."""
    return tab.expect_response(lambda answer: "/api/v1/playlists/" in answer.url and answer.request.method == "POST")


def test_rows_are_moved_by_hand_and_by_keys_and_stay(tab_of, user, listener, songs):  # noqa: F811
    made = services.make(listener, "Mine", tracks=songs[:6])
    tab = tab_of(user, f"/playlists/{made.key}/")
    handles = tab.locator("#entries [data-drag]")
    one, other = handles.nth(0).bounding_box(), handles.nth(3).bounding_box()
    tab.mouse.move(one["x"] + 10, one["y"] + 20)
    tab.mouse.down()
    tab.mouse.move(one["x"] + 10, other["y"] + 24, steps=4)
    tab.wait_for_selector("#entries > li:nth-child(4)[style*='-']")
    with told(tab):
        tab.mouse.up()
    assert order(tab) == "123045"
    handles.nth(5).focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    assert tab.locator(".drag-said").inner_text() == "Song 5: 4 of 6."
    with told(tab):
        tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Escape")
    with told(tab):
        tab.keyboard.press("Alt+ArrowDown")
    assert order(tab) == "123054"
    tab.locator("#entries [data-menu]").nth(1).click()
    tab.get_by_label("Its place, 1 to 6").fill("6")
    with told(tab):
        tab.get_by_role("button", name="Move", exact=True).click()
    tab.locator("#entries [data-menu]").first.click()
    with told(tab):
        tab.get_by_role("button", name="Take it off this playlist").click()
    assert order(tab) == "30542"
    with told(tab):
        tab.get_by_role("button", name="Undo").click()
    tab.reload()
    assert order(tab) == "130542"
    assert tab.said == []


def test_a_track_is_put_on_a_playlist_from_its_menu(tab_of, user, listener, songs):  # noqa: F811
    services.make(listener, "First", tracks=songs[:2])
    made = services.make(listener, "Second")
    tab = tab_of(user, "/playlists/")
    tab.locator("#playlists").get_by_role("link", name="First").click()
    tab.locator("#entries [data-menu]").nth(1).click()
    tab.get_by_role("button", name="Add to a playlist").click()
    with told(tab):
        tab.locator("#choices").get_by_role("button", name=re.compile("Second")).click()
    tab.get_by_text("Song 1 is on Second now.").wait_for()
    assert services.track_keys(made) == ["track:1"]
    tab.locator("#entries [data-menu]").first.click()
    tab.get_by_role("button", name="Add to a playlist").click()
    tab.get_by_label("A new one").fill("Third")
    tab.get_by_role("button", name="Make", exact=True).click()
    tab.get_by_text("Song 0 is on Third now.").wait_for()
    tab.wait_for_selector("#rail-playlists :text('Third')", state="attached")
    assert tab.said == []


def test_two_make_one_together(tab_of, user, listener, stranger, songs):  # noqa: F811
    made = services.make(listener, "Ours", tracks=songs[:3])
    mine = tab_of(user, f"/playlists/{made.key}/")
    mine.get_by_role("button", name="Who may change it").click()
    mine.get_by_role("button", name="Make a link").click()
    link = mine.locator("[data-select]").input_value()
    theirs = tab_of(stranger, link)
    assert "Anna asks you" in theirs.locator("main").inner_text()
    theirs.get_by_role("button", name="Join").click()
    theirs.locator("#entries [data-drag]").first.focus()
    with told(theirs):
        theirs.keyboard.press("Delete")
    assert members.is_member(made, listener_of(stranger))
    mine.reload()
    assert order(mine) == "12"
    # What one does not see yet is not done over what the other did.
    theirs.locator("#entries [data-drag]").first.focus()
    with told(theirs):
        theirs.keyboard.press("Alt+ArrowDown")
    mine.locator("#entries [data-drag]").first.focus()
    with told(mine):
        mine.keyboard.press("Delete")
    mine.get_by_text("Somebody changed this playlist meanwhile").wait_for()
    mine.wait_for_selector("#entries > li:nth-child(2)[data-title='Song 1']")
    assert order(mine) == "21"
    assert mine.said == theirs.said == []


def test_it_is_taken_away_as_a_file(tab_of, user, listener, songs):  # noqa: F811
    made = services.make(listener, "Mine", tracks=songs[:2])
    tab = tab_of(user, f"/playlists/{made.key}/")
    tab.get_by_role("button", name="More about this playlist").click()
    with tab.expect_download() as loading:
        tab.get_by_role("link", name=re.compile("M3U8")).click()
    assert loading.value.suggested_filename == "Mine.m3u8"
    assert "Song 1" in loading.value.path().read_text()

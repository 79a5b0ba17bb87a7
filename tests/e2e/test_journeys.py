"""Whole journeys in a real browser: a first visit, a taste that moves, a station, a history brought along, leaving, a slow line."""

import io
import json
import re
import shutil
import zipfile

import pytest
from django.test import Client

from segue.web.accounts.models import User
from segue.web.catalog.models import Track
from segue.web.jobs import queue
from segue.web.listening import uploads
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Feedback
from tests.e2e.test_player import NEXT, NOW, PLAYS, ROWS, THEN, listens, plays, shows_queue, until
from tests.web.conftest import PASSWORD, catalogue, demo_library, listener, snapshot, user  # noqa: F401 - fixtures

FOR_YOU = "#for-you .track"
KEYS = "[...document.querySelectorAll('#for-you .track')].map(one => one.dataset.track)"
SOUNDS = "window.players.find(one => !one.paused && one.currentTime > 0)?.currentTime ?? 0"
KEEPS_PLAYERS = """window.players = [];
    window.Audio = class extends window.Audio { constructor() { super(); window.players.push(this); } };"""


@pytest.fixture
def world(transactional_db, catalogue, snapshot):  # noqa: F811
    """The demo world, learned, and nobody in it."""
    queue.huey().storage.flush_queue()
    shutil.rmtree(uploads.folder(), ignore_errors=True)
    return catalogue


@pytest.fixture
def tab(browser, live_server, world):
    """A page of a wide browser that nobody has used; what makes its sound is in `window.players`."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(20_000)
    tab = context.new_page()
    tab.add_init_script(KEEPS_PLAYERS)
    tab.errors = []
    tab.on("pageerror", lambda error: tab.errors.append(str(error)))
    yield tab
    assert tab.errors == []
    context.close()


@pytest.fixture
def home(tab, live_server, world, listener, user):  # noqa: F811
    """The same, signed in as somebody with a taste, on the home page with all of its shelves."""
    for row in world.tracks.head(12).iter_rows(named=True):
        give_feedback(listener, "like", track_key=row["track_id"])
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    tab.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    tab.goto("/")
    tab.wait_for_selector(FOR_YOU)
    return tab


def names(world, n: int) -> list[tuple[str, str, str]]:
    """(key, title, artist) of tracks by one artist, of a title that nothing else has."""
    artists = dict(world.artists.select("artist_id", "name").iter_rows())
    once = world.tracks.filter(world.tracks["title"].is_unique() & (world.tracks["artist_ids"].list.len() == 1))
    rows = once.head(n).select("track_id", "title", "artist_ids").iter_rows()
    return [(key, title, artists[by]) for key, title, [by] in rows]


def account_data(world, n: int) -> bytes:
    """A zip as Spotify gives it: a play of each of `n` tracks, one of a track that is nowhere, and a saved one."""
    known = names(world, n + 1)
    plays = [(title, artist) for _, title, artist in known[:n]] + [("Nothing of the Kind", "Nobody at All")]
    history = [
        {"endTime": f"2026-02-03 1{place}:15", "artistName": artist, "trackName": title, "msPlayed": 200_000}
        for place, (title, artist) in enumerate(plays)
    ]
    saved = {"tracks": [{"artist": known[n][2], "album": "", "track": known[n][1]}], "artists": []}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("Spotify Account Data/StreamingHistory_music_0.json", json.dumps(history))
        packed.writestr("Spotify Account Data/YourLibrary.json", json.dumps(saved))
    return file.getvalue()


def test_from_the_first_visit_to_the_first_play(tab):
    tab.goto("/")
    tab.get_by_role("link", name="Sign up").first.click()
    tab.fill("[name=email]", "new@example.org")
    tab.fill("[name=password1]", PASSWORD)
    tab.locator("main form").get_by_role("button", name="Sign up").click()
    tab.get_by_role("heading", name="Whom do you like?").wait_for()
    picked = [tab.locator(".wall label").nth(place) for place in (0, 3, 6)]
    for one in picked:
        one.click()
    artists = [one.locator("input").get_attribute("value") for one in picked]
    tab.get_by_role("button", name="Begin").click()
    # Each recommendation has a reason, and the reason leads to music of the artists that were picked.
    tab.wait_for_selector(FOR_YOU)
    assert tab.locator(f"{FOR_YOU} .why").count() == tab.locator(FOR_YOU).count() >= 5
    told = json.loads(tab.locator(FOR_YOU).first.get_attribute("data-reasons"))
    owed = {key for _, _, because in told for key, _ in because}
    theirs = Track.objects.filter(credits__artist__key__in=artists)
    assert owed
    assert owed <= set(theirs.values_list("key", flat=True))
    tab.locator(f"{FOR_YOU} .why").first.click()
    drawer = tab.locator("#drawer")
    drawer.locator(".owes a").first.wait_for()
    links = drawer.locator(".owes a").evaluate_all("all => all.map(one => decodeURIComponent(one.pathname))")
    assert {one.removeprefix("/track/").rstrip("/") for one in links} == owed
    drawer.get_by_role("button", name="Close").click()
    key = plays(tab)
    at = tab.evaluate(SOUNDS)
    until(tab, f"({SOUNDS}) > {at} + 0.3")
    tab.locator("#player [data-act=next]").click()
    [listen] = listens(tab, 1)
    assert (listen.track.key, listen.listener.user.email) == (key, "new@example.org")


def test_what_is_said_moves_home_at_once(home):
    before = home.evaluate(KEYS)
    row = home.locator(FOR_YOU).first
    row.locator("[data-say=like]").click()
    until(home, f"!{KEYS}.includes({json.dumps(before[0])})")
    assert home.evaluate(KEYS) != before
    # Never the artist of what comes first now: nothing on home is theirs, now or later.
    by = home.locator(FOR_YOU).first.locator(".by a").first
    name, address = by.inner_text(), by.get_attribute("href")
    theirs = f"{ROWS} a[href='{address}']"
    home.locator(FOR_YOU).first.locator("[data-menu]").click()
    home.get_by_role("button", name=f"Never play {name}").click()
    home.locator(".toast").get_by_text(f"{name} is not played again.").wait_for()
    until(home, f"{KEYS}.length && !document.querySelector(`#for-you a[href='{address}']`)")
    home.reload()
    home.wait_for_selector(".coming", state="detached")
    assert home.locator(ROWS).count() >= 5
    assert home.locator(theirs).count() == 0
    # Who looks for them still finds them. Links lead to whole pages, also from parts that are asked for again by themselves.
    home.locator(f"{FOR_YOU} .by a").first.click()
    home.wait_for_url(re.compile("/artist/"))
    home.locator("#page .head h1").wait_for()
    home.locator("#rail-playlists a").first.click()
    home.get_by_role("heading", name="Playlists", level=1).wait_for()
    assert home.locator("h1").count() == home.locator("#page").count() == 1
    home.get_by_role("navigation", name="Main").get_by_role("link", name="Search").click()
    home.locator("#search-words").fill(name)
    home.locator(f"#found a[href='{address}']").first.wait_for()


def test_a_station_from_words_goes_where_it_is_steered(home):
    home.goto("/stations/")
    home.get_by_label("What should it sound like?").fill("calm")
    home.locator("form.begin").get_by_role("button", name="Begin").click()
    home.get_by_role("heading", name="Calm", level=1).wait_for()
    home.locator("[data-play-station]").click()
    until(home, PLAYS)
    shows_queue(home)
    first, before = home.evaluate(NOW), home.evaluate(THEN)
    with home.expect_response(lambda one: one.url.endswith("/next/")) as told:
        home.locator("#player [data-act=next]").click()
    [heard] = told.value.request.post_data_json["heard"]
    assert (heard["track"], heard["outcome"]) == (first, "skipped")
    after = [one["id"] for one in told.value.json()["tracks"]]
    until(home, f"{NOW} === {json.dumps(before[0])} && {PLAYS} && {THEN}[0] === {json.dumps(after[0])}")
    assert first not in after
    assert after != before[1:]
    liked = home.evaluate(NOW)
    with home.expect_response(lambda one: one.url.endswith("/next/")) as told:
        home.locator("#player [data-say=like]").click()
    assert told.value.request.post_data_json["heard"][-1]["outcome"] == "liked"
    until(home, f"{THEN}[0] === {json.dumps(told.value.json()['tracks'][0]['id'])}")
    assert liked not in home.evaluate(THEN)
    home.reload()
    lately = home.locator(".shelf", has=home.get_by_role("heading", name="Played lately"))
    assert lately.locator("li").filter(has=home.locator(f"a[href='/track/{first}/']")).inner_text().endswith("skipped")


def test_a_history_is_brought_from_elsewhere(home, world, listener):  # noqa: F811
    home.goto("/import/")
    home.get_by_label("A file", exact=True).set_input_files(
        {"name": "my_spotify_data.zip", "mimeType": "application/zip", "buffer": account_data(world, 4)}
    )
    home.get_by_role("button", name="Import", exact=True).click()
    home.get_by_role("progressbar", name="How far it is").wait_for()
    assert queue.drain() == 1
    home.get_by_text("4 of 5 plays are in.").wait_for()
    report = home.locator("#import").inner_text()
    assert "Nobody at All - Nothing of the Kind" in report
    assert listener.listens.count() == 4
    assert Feedback.objects.filter(listener=listener, kind="like", track__key=names(world, 5)[4][0]).exists()
    home.goto("/library/history/")
    shown = home.locator(".listen").evaluate_all("all => all.map(one => one.dataset.track)")
    assert shown == [key for key, _, _ in reversed(names(world, 4))]


def test_everything_is_taken_along_and_the_account_is_gone(tab, listener, user):  # noqa: F811
    listener.welcomed = True
    listener.save()
    tab.goto("/accounts/login/")
    signs_in(tab, user.email)
    tab.wait_for_url(re.compile("/$"))
    tab.goto("/accounts/data/")
    with tab.expect_download() as loading:
        tab.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(loading.value.path()) as packed:
        assert user.email in packed.read("everything.json").decode()
        assert "README.txt" in packed.namelist()
    tab.get_by_role("link", name="Erase your account").click()
    tab.get_by_label("Password").fill(PASSWORD)
    tab.locator("main form button.main").click()
    tab.get_by_role("checkbox").check()
    tab.get_by_role("button", name="Erase my account").click()
    tab.get_by_role("heading", name="Your account is erased").wait_for()
    assert not User.objects.filter(pk=user.pk).exists()
    tab.goto("/library/")
    tab.wait_for_url(re.compile("/accounts/login/"))
    signs_in(tab, user.email)
    tab.locator("main form .error, main form [role=alert]").first.wait_for()
    assert "/accounts/login/" in tab.url


def signs_in(tab, email: str) -> None:
    tab.fill("[name=login]", email)
    tab.fill("[name=password]", PASSWORD)
    tab.locator("main form").get_by_role("button", name="Sign in", exact=True).click()


def test_on_a_slow_line_it_waits_and_plays(home):
    line = home.context.new_cdp_session(home)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)
    row = home.locator(FOR_YOU).first
    row.locator("[data-play]").click()
    # What was tapped stands there at once, and that it waits, before there is any sound.
    until(home, f"{NOW} === {json.dumps(row.get_attribute('data-track'))}")
    home.locator("#player .state").get_by_text("Waiting for the network").wait_for()
    until(home, f"{PLAYS} && document.querySelector('#player .state').hidden")
    at = home.evaluate(SOUNDS)
    until(home, f"({SOUNDS}) > {at} + 0.5")


def test_the_queue_is_put_in_order_by_the_mouse(home):
    plays(home)
    shows_queue(home)
    before = home.evaluate(NEXT)
    handles = home.locator("#queue .sorts [data-drag]")
    one, other = handles.nth(0).bounding_box(), handles.nth(2).bounding_box()
    home.mouse.move(one["x"] + 10, one["y"] + 20)
    home.mouse.down()
    home.mouse.move(one["x"] + 10, other["y"] + 24, steps=4)
    home.wait_for_selector("#queue .sorts > li:nth-child(3)[style*='-']")
    home.mouse.up()
    expected = [before[1], before[2], before[0], *before[3:]]
    until(home, f"JSON.stringify({NEXT}) === {json.dumps(json.dumps(expected, separators=(',', ':')))}")
    home.locator("#player [data-act=next]").click()
    until(home, f"{NOW} === {json.dumps(before[1])} && {PLAYS}")

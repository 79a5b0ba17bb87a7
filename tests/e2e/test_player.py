"""The player in a real browser: what plays, what comes next, and what the server learns of it."""

import json

import pytest
from django.test import Client

from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Feedback, Listen
from tests.web.conftest import catalogue, demo_library, listener, snapshot, user  # noqa: F401 - fixtures

PLAYS = "document.body.classList.contains('sounds') && document.querySelector('#player [data-show=at]').textContent !== '0:00'"
NOW = "document.querySelector('#player').dataset.track"
NEXT = "[...document.querySelectorAll('#queue .sorts > li')].map(one => one.dataset.track)"
THEN = "[...document.querySelectorAll('#queue ol[aria-labelledby=queue-then] > li')].map(one => one.dataset.track)"
QUEUE = "import('/static/segue/player/queue.js')"
STANDS = "[document.body.className, document.querySelector('#player').innerText, document.querySelector('.toasts').innerText]"
ROWS = "#page [data-list] .track"


@pytest.fixture
def played(catalogue, snapshot, listener):  # noqa: F811
    """A listener with a taste."""
    for row in catalogue.tracks.head(12).iter_rows(named=True):
        give_feedback(listener, "like", track_key=row["track_id"])
    return listener


@pytest.fixture
def tab(browser, live_server, transactional_db, played, user):  # noqa: F811
    """A page of a wide browser that is signed in and has the home page open."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
        service_workers="block",
    )
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_server.url}])
    context.set_default_timeout(20_000)
    tab = context.new_page()
    tab.errors = []
    tab.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.goto("/")
    tab.wait_for_selector(ROWS)
    yield tab
    assert tab.errors == []
    context.close()


def until(tab, holds: str) -> None:
    """Wait for what is said in JavaScript to hold; the page's own policy forbids playwright's way of waiting."""
    for _ in range(300):
        if tab.evaluate(holds):
            return
        tab.wait_for_timeout(50)
    pytest.fail(f"never: {holds}; {tab.evaluate(STANDS)}")


def plays(tab, place: int = 0) -> str:
    """Play a row; the track's key."""
    row = tab.locator(ROWS).nth(place)
    row.locator("[data-play]").click()
    until(tab, f"{NOW} === {json.dumps(row.get_attribute('data-track'))} && {PLAYS}")
    return row.get_attribute("data-track")


def shows_queue(tab) -> None:
    tab.locator("#player [data-act=queue]").click()
    until(tab, f"{THEN}.length >= 5")


def listens(tab, number: int) -> list[Listen]:
    """The listens, once there are so many of them."""
    for _ in range(100):
        found = list(Listen.objects.filter(source="app").select_related("track").order_by("time_ms"))
        if len(found) >= number:
            return found
        tab.wait_for_timeout(100)
    pytest.fail(f"{len(found)} listens instead of {number}")


def test_the_queue_knows_no_page(browser, live_server, transactional_db):
    tab = browser.new_context(base_url=live_server.url, service_workers="block").new_page()
    tab.goto("/accounts/login/")
    told = tab.evaluate("""async () => {
        const q = await import('/static/segue/player/queue.js');
        const ids = (some) => some.map((one) => one.id).join('');
        const show = (queue) => `${ids(queue.past)}|${queue.now?.id ?? '-'}|${ids(queue.next)}|${ids(queue.then)}`;
        const tracks = [...'abcde'].map((id) => ({ id, artists: [{ id: id < 'c' ? 'X' : 'Y' }] }));
        let queue = q.begun(q.empty(), tracks, 1, {});
        const told = [show(queue)];
        const step = (to) => { queue = to; told.push(show(queue)); };
        step(q.added(queue, [{ id: 'o' }], 'next'));
        step(q.recommended(queue, [{ id: 'r' }, { id: 'a' }, { id: 's' }]));
        step(q.shuffled(queue, true, () => 0));
        step(q.shuffled(queue, false));
        step(q.forward(queue));
        step(q.back(queue));
        step(q.moved(queue, 0, 2));
        step(q.said(queue, { artist: 'Y', kind: 'never' }));
        step(q.forward(q.forward(queue)));
        step(q.forward(q.forward(queue)));
        const all = q.repeated(q.begun(q.empty(), tracks, 4, {}));
        told.push(show(q.forward(all, { ended: true })));
        const one = q.repeated(all);
        told.push(show(q.forward(one, { ended: true })), show(q.forward(one)), q.repeated(one).repeat);
        return told;
    }""")
    assert told == [
        "a|b|cde|", "a|b|ocde|", "a|b|ocde|rs", "a|b|odec|rs", "a|b|ocde|rs", "ab|o|cde|rs", "a|b|ocde|rs", "a|b|cdoe|rs",
        "a|b|o|rs", "abo|r||s", "abors|-||",
        "abcde|a|bcde|", "abcd|e||", "abcde|-||", "off",
    ]  # fmt: skip
    tab.context.close()


def test_a_row_plays_and_what_is_left_early_is_a_skip(tab):
    first = plays(tab)
    assert tab.locator(f"{ROWS}.playing").get_attribute("data-track") == first
    tab.locator("#player [data-act=next]").click()
    second = tab.locator(ROWS).nth(1).get_attribute("data-track")
    until(tab, f"{NOW} === {json.dumps(second)} && {PLAYS}")
    [listen] = listens(tab, 1)
    assert (listen.track.key, listen.skipped) == (first, True)
    assert 0 < listen.ms_played < 30_000
    # To the end: it was heard, and the next one begins by itself.
    end = "document.querySelector('#player [data-seek]')"
    tab.evaluate(f"{end}.value = 999; {end}.dispatchEvent(new Event('change', {{ bubbles: true }}))")
    until(tab, f"{NOW} !== {json.dumps(second)} && {PLAYS}")
    assert [one.skipped for one in listens(tab, 2)] == [True, False]
    tab.keyboard.press("l")
    key = tab.evaluate(NOW)
    tab.wait_for_selector("#player [data-say=like][aria-pressed=true]")
    assert Feedback.objects.filter(kind="like", track__key=key).exists()
    tab.locator(f'{ROWS}[data-track="{key}"] [data-play]').click()
    until(tab, "!document.body.classList.contains('sounds')")


def test_what_is_said_changes_what_comes(tab):
    plays(tab, tab.locator(ROWS).count() - 1)
    shows_queue(tab)
    before = tab.evaluate(THEN)
    with tab.expect_response(lambda one: one.url.endswith("/next/")) as told:
        tab.locator("#player [data-say=like]").click()
    asked = told.value.request.post_data_json
    assert asked["heard"][-1]["outcome"] == "liked"
    expected = [one["id"] for one in told.value.json()["tracks"]]
    until(tab, f"JSON.stringify({THEN}.slice(0, 3)) === {json.dumps(json.dumps(expected[:3], separators=(',', ':')))}")
    # Never the artist of the first that comes: none of theirs is left, and none comes again.
    artist = told.value.json()["tracks"][0]["artists"][0]["id"]
    with tab.expect_response(lambda one: one.url.endswith("/next/")) as told:
        tab.evaluate("""async (artist) => (await import('/static/segue/say.js')).say('never', { artist })""", artist)
    by = [one["artists"][0]["id"] for one in told.value.json()["tracks"]]
    assert by and artist not in by  # noqa: PT018
    until(tab, f"!{THEN}.includes({json.dumps(expected[0])})")
    assert before


def test_the_queue_is_put_in_order_by_the_keyboard_and_survives_a_reload(tab):
    plays(tab)
    shows_queue(tab)
    [first, second, third] = tab.evaluate(NEXT)[:3]
    tab.locator("#queue .sorts [data-drag]").first.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    until(tab, f"{NEXT}[0] === {json.dumps(second)}")
    tab.locator("#queue .sorts > li").nth(2).locator("[data-remove]").click()
    until(tab, f"!{NEXT}.includes({json.dumps(third)})")
    now = tab.evaluate(NOW)
    tab.locator("#player [data-act=toggle]").click()
    until(tab, "!document.body.classList.contains('sounds')")
    at = tab.locator("#player [data-show=at]").inner_text()
    tab.reload()
    until(tab, f"{NOW} === {json.dumps(now)}")
    assert tab.locator("#player [data-show=at]").inner_text() == at
    assert "sounds" not in tab.evaluate("document.body.className")
    shows_queue(tab)
    assert tab.evaluate(NEXT)[:2] == [second, first]
    tab.locator("#player [data-act=toggle]").click()
    until(tab, "document.body.classList.contains('sounds')")


def test_a_listen_that_ends_offline_is_sent_once(tab):
    first = plays(tab)
    tab.context.set_offline(True)
    tab.locator("#player [data-act=next]").click()
    until(tab, f"{NOW} !== {json.dumps(first)}")
    assert tab.evaluate("Object.keys(localStorage).filter(one => one.includes('.heard.')).length") == 1
    tab.context.set_offline(False)
    until(tab, "Object.keys(localStorage).every(one => !one.includes('.heard.'))")
    [listen] = listens(tab, 1)
    assert listen.track.key == first
    tab.reload()
    until(tab, f"{NOW} !== ''")
    assert len(listens(tab, 1)) == 1


def test_only_one_tab_plays(tab):
    plays(tab)
    other = tab.context.new_page()
    other.goto("/")
    until(other, f"{NOW} !== ''")
    other.locator(f"{ROWS} [data-play]").nth(2).click()
    until(other, "document.body.classList.contains('sounds')")
    until(tab, "!document.body.classList.contains('sounds')")
    assert tab.locator("#player [data-show=state]").inner_text() == "Plays in another tab"

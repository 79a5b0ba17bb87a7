"""The service's pages in a real browser, narrow and wide, light and dark: nothing is refused, nothing overflows, all has a name."""

import re
import time

import pytest
from django.test import Client

from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import Feedback
from segue.web.listening.record import NewListen, record_listens
from tests.web.conftest import PASSWORD, catalogue, demo_library, listener, snapshot, user  # noqa: F401 - fixtures

LONG = "Sehnsuchtsdampfschifffahrtskapellmeisterorchester of the Northern Provinces فرقة الليل 🎷"
WRONG = """() => {
    const seen = (one) => one.checkVisibility() && !one.closest('[aria-hidden=true]');
    const shown = (some) => [...document.querySelectorAll(some)].filter(seen);
    const list = (what, some) => some.map(one => `${what}: ${one.outerHTML.slice(0, 120)}`);
    const named = (one) => [one, ...(one.labels || [])].some(l => l.getAttribute('aria-label') || l.innerText?.trim());
    const low = (one) => one.getBoundingClientRect().height < 43.5;
    return [
        ...list('nameless', shown('input:not([type=hidden]), select, textarea, button, a').filter(one => !named(one))),
        ...list('low', shown('main button:not(.why), main .button, nav a, nav button').filter(low)),
        ...(document.querySelectorAll('h1').length === 1 ? [] : ['not one h1']),
        ...(document.documentElement.lang ? [] : ['no lang']),
        ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the screen'] : []) ] }"""
SETTLED = """() => document.readyState === 'complete'
    && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added, [hx-trigger^=load][aria-busy=true]')"""
REFUSED = """document.addEventListener('securitypolicyviolation', (one) =>
    console.error(`refused ${one.violatedDirective}: ${one.blockedURI} ${one.sourceFile}:${one.lineNumber}`))"""
OVERLAPS = """() => [...document.querySelectorAll('.wall label')].filter(label => {
    const box = label.querySelector('input').getBoundingClientRect(), range = document.createRange();
    range.selectNodeContents(label.querySelector('.name'));
    return [...range.getClientRects()].some(
            r => r.right > box.left && r.left < box.right && r.bottom > box.top && r.top < box.bottom)
        || label.scrollWidth > label.clientWidth + 1 })
    .map(label => label.innerText)"""


@pytest.fixture
def tab(browser, live_server, request):
    """A page of a browser of some size and theme, with all that it was told, and a look at each address."""
    width, scheme = request.param
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        service_workers="block",
    )
    context.add_init_script(REFUSED)
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    tab.said = []
    tab.on("console", lambda message: tab.said.append(message.text))
    tab.on("pageerror", lambda error: tab.said.append(str(error)))
    tab.on("requestfailed", lambda failed: tab.said.append(f"{failed.url}: {failed.failure}"))
    yield tab
    context.close()


SIZES = pytest.mark.parametrize("tab", [(390, "dark"), (1440, "light")], indirect=True, ids=("phone", "desk"))


def opens(tab, path: str) -> list[str]:
    """Open a page; what is wrong with how it is answered."""
    told = tab.goto(path, wait_until="load")
    right = 404 if "nothing-here" in path else 200
    return [] if told is not None and told.status == right else [f"answered {told and told.status}"]


def settled(tab) -> None:
    """Wait for what a page asked for by itself; the page's own policy forbids playwright's way of waiting."""
    for _ in range(300):
        if tab.evaluate(SETTLED):
            return
        tab.wait_for_timeout(30)
    pytest.fail(f"{tab.url} waits for something for ever")


def problems(tab, path: str) -> list[str]:
    """What is wrong with what is open, of all that holds for all pages."""
    settled(tab)
    # A browser itself says of a page that it is not found, and that it went on before all of the last one came.
    usual = ["net::ERR_ABORTED", "blocked by Playwright", *(["404 (Not Found)"] if "nothing-here" in path else [])]
    said = [one for one in tab.said if not any(each in one for each in usual)]
    tab.said.clear()
    return said + tab.evaluate(WRONG)


def look(tab, path: str) -> None:
    """Open a page and check what holds for all of them."""
    assert opens(tab, path) == [], path
    check(tab, path)


def check(tab, path: str) -> None:
    """Check what holds for all pages."""
    assert problems(tab, path) == [], path


def signs_in(tab, user) -> None:  # noqa: F811
    """Sign in as somebody, as a form would have."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    tab.context.add_cookies(
        [{"name": "session", "value": client.cookies["session"].value, "url": tab.evaluate("origin")}]
    )


@pytest.fixture
def played(catalogue, snapshot, listener):  # noqa: F811
    """A listener with a taste, in a world with an artist of a very long name."""
    for row in catalogue.tracks.head(12).iter_rows(named=True):
        give_feedback(listener, "like", track_key=row["track_id"])
    return listener


@SIZES
def test_a_like_is_taken_back_and_a_listen_deleted_each_with_a_way_back(tab, played, user):  # noqa: F811
    tab.goto("/accounts/login/")
    signs_in(tab, user)
    tab.goto("/library/")
    row = tab.locator(".track").first
    key = row.get_attribute("data-track")
    row.locator("[data-say=like]").click()
    tab.locator(".toast").get_by_text("Taken back.").wait_for()
    assert row.locator("[data-say=like]").get_attribute("aria-pressed") == "false"
    assert not Feedback.objects.filter(listener=played, track__key=key).exists()
    check(tab, "/library/")
    record_listens(played, [NewListen(track_key=key, time_ms=time.time_ns() // 1_000_000 - 60_000)])
    tab.goto("/library/history/")
    tab.locator(".listen").get_by_role("button", name=re.compile("^Delete")).click()
    tab.locator(".gone").wait_for()
    assert not played.listens.exists()
    assert tab.evaluate("document.activeElement.textContent") == "Undo"
    tab.keyboard.press("Enter")
    tab.locator(".listen").wait_for()
    assert played.listens.count() == 1
    check(tab, "/library/history/")


@SIZES
def test_a_private_session_shows_and_what_was_played_is_drawn(tab, played, catalogue, user):  # noqa: F811
    tab.goto("/accounts/login/")
    signs_in(tab, user)
    now = time.time_ns() // 1_000_000
    keys = catalogue.tracks["track_id"].to_list()[:40]
    record_listens(played, [NewListen(track_key=key, time_ms=now - n * 20_000_000) for n, key in enumerate(keys)])
    tab.goto("/taste/")
    assert tab.locator("figure svg").count() >= 4
    tab.locator(".map a circle").first.click()
    tab.wait_for_url(re.compile("/artist/"))
    tab.goto("/taste/")
    tab.locator("#dial").press("End")
    tab.locator("#wanted-said").get_by_text("far from what you know").wait_for()
    check(tab, "/taste/")
    tab.goto("/privacy/")
    tab.get_by_role("button", name="Begin").click()
    tab.locator(".private").wait_for()
    look(tab, "/library/")
    tab.locator(".private button").click()
    tab.locator(".private").wait_for(state="detached")


@pytest.mark.parametrize("tab", [(390, "light")], indirect=True, ids=["phone"])
def test_the_keyboard_leads_through_and_where_it_is_shows(tab, played, user):  # noqa: F811
    tab.goto("/accounts/login/")
    for path in ("/accounts/login/", "/welcome/", "/"):
        tab.goto(path)
        tab.wait_for_load_state("networkidle")
        for _ in range(25):
            tab.keyboard.press("Tab")
            if tab.evaluate("document.activeElement === document.body"):
                break
            seen = """() => { let one = document.activeElement; const label = one.closest('.wall label'); one = label || one;
                const style = getComputedStyle(one), box = one.getBoundingClientRect();
                return style.outlineStyle !== 'none' && box.width > 0 && box.bottom > 0 && box.top < innerHeight }"""
            assert tab.evaluate(seen), tab.evaluate("document.activeElement.outerHTML")
        signs_in(tab, user)

"""Every page in a real browser, narrow and dark, wide and light: axe finds nothing, nothing is refused, and where one is shows."""

import re
import time
from urllib.parse import quote

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from axe_playwright_python.sync_playwright import Axe

from segue.mixes.station_state import Seed
from segue.web.accounts.models import Token, User
from segue.web.catalog.models import Artist, Release, Track
from segue.web.discovery import stations
from segue.web.editorial.picks import Wanted
from segue.web.editorial.picks import save as picks
from segue.web.insights import views
from segue.web.jobs import queue
from segue.web.jobs.models import Job
from segue.web.listening import imports
from segue.web.listening.feedback import give_feedback
from segue.web.listening.models import listener_of
from segue.web.listening.record import NewListen, record_listens
from segue.web.playlists import members, services
from segue.web.sharing import links
from segue.web.social import asks, people
from segue.web.social.models import Profile
from tests.e2e.test_service_pages import LONG, OVERLAPS, SIZES, opens, problems, settled, signs_in, tab  # noqa: F401
from tests.effort import EFFORT
from tests.web.conftest import PASSWORD, catalogue, demo_library, snapshot, stranger, user  # noqa: F401 - fixtures
from tests.web.pages.test_home import rich  # noqa: F401 - a fixture

ENTRANCE = (
    "/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-nothing/", "/accounts/confirm-email/nothing/", "/accounts/confirm-email/",
    "/accounts/3rdparty/login/cancelled/", "/accounts/inactive/", "/offline/", "/s/nothing-here/", "/nothing-here/",
)  # fmt: skip
OF_ACCOUNT = (
    "/library/", "/library/history/", "/stations/", "/taste/", "/playlists/", "/friends/", "/mixes/", "/privacy/", "/welcome/",
    "/welcome/?q=zzzzzz", "/accounts/profile/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/",
    "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/", "/accounts/sessions/",
    "/accounts/3rdparty/", "/accounts/tokens/", "/accounts/data/", "/accounts/delete/", "/accounts/reauthenticate/",
    "/accounts/logout/", "/nothing-here/",
)  # fmt: skip
SECOND_FACTORS = (
    "/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/totp/deactivate/", "/accounts/2fa/reauthenticate/",
)  # fmt: skip
LISTENING = (
    "/", "/library/", "/library/history/", "/library/artists/", "/library/never/", "/taste/", "/search/", "/search/?q=the",
    "/search/?q=zzzzzz", "/mixes/", "/mixes/discover-weekly/", "/mixes/nothing-here/", "/stations/", "/playlists/",
    "/playlists/import/", "/import/", "/friends/", "/friends/links/", "/friends/profile/", "/offline/", "/editorial/",
    "/editorial/new/",
)  # fmt: skip
AXE = Axe()
WIDE = 1000
RUN = """async (within) => {
    const found = await axe.run(within ?? document, {
        resultTypes: ['violations'], preload: false, iframes: false, rules: {'target-size': {enabled: true}} });
    const told = (node) => [...node.any, ...node.all, ...node.none][0]?.message;
    return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)} ${told(node)}`)) }"""
ONWARD = """() => {
    const here = document.activeElement, one = here.closest('.wall label') || here, box = one.getBoundingClientRect();
    const shows = getComputedStyle(one).outlineStyle !== 'none' && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    return one === document.body || shows ? '' : one.outerHTML.slice(0, 120) }"""


class Sweep:
    """Goes through pages and collects what is wrong with them; what is alike once, with the first page that has it."""

    def __init__(self, tab) -> None:  # noqa: F811
        self.tab, self.wrong = tab, {}

    def note(self, where: str, found: list[str]) -> None:
        for one in found:
            self.wrong.setdefault(re.sub(r'(href|data-[a-z]+|id|for)="[^"]*"|>[^<]*<|[0-9.]+px', "", one), (where, one))

    def page(self, path: str) -> None:
        """Open a page and look at all of it."""
        self.note(path, opens(self.tab, path))
        self.note(path, self.tab.evaluate(OVERLAPS))
        self.here(path)
        for _ in range(3):
            self.tab.keyboard.press("Tab")
            if lost := self.tab.evaluate(ONWARD):
                self.note(path, [f"focus does not show: {lost}"])

    def pages(self, *paths: str) -> None:
        """Open each, narrow; wide, where tests are to take little time, each third."""
        wide = self.tab.viewport_size["width"] > WIDE
        for path in paths[:: 3 if wide and EFFORT < 1 else 1]:
            self.page(path)

    def here(self, where: str, within: str | None = None) -> None:
        """Look at what is open, or at a part of it."""
        self.note(where, problems(self.tab, where))
        self.tab.evaluate(f"() => {{ if (!window.axe) {{ {AXE.axe_script} }} }}")
        self.note(where, self.tab.evaluate(RUN, within))

    def over(self) -> None:
        """Nothing was wrong."""
        assert not self.wrong, "\n" + "\n".join(": ".join(each) for each in self.wrong.values())


@pytest.fixture
def pages(catalogue, snapshot, rich, user, stranger) -> list[str]:  # noqa: F811
    """The addresses of what somebody has who uses all of it, in a world with an artist of a very long name."""
    keys, now = catalogue.tracks["track_id"].head(40).to_list(), time.time_ns() // 1_000_000
    User.objects.filter(pk=user.pk).update(is_staff=True)
    best = Artist.objects.order_by("-popularity", "pk").first()
    Artist.objects.filter(pk=best.pk).update(name=LONG)
    for key in keys[:12]:
        give_feedback(rich, "like", track_key=key)
    give_feedback(rich, "never", track_key=keys[30])
    give_feedback(rich, "like", artist_key=best.key)
    other = listener_of(stranger)
    asked = befriended(rich, other, keys)
    mine = services.make(rich, LONG, "Slow.\nSlower.", tracks=keys[:6])
    theirs = services.make(other, "Theirs", tracks=keys[:3], public=True)
    begun = stations.begin(rich, Seed("artist", best.key))
    pick = picks(user, Wanted("Cold days", "Soft and slow.", "", tuple(keys[:5]), (), now - 1000, None))
    shared = [links.make(rich, *what) for what in (("playlist", mine.key), ("taste", ""), ("mix", "discover-weekly"))]
    track, release = Track.objects.get(key=keys[0]), Release.objects.order_by("pk").first()
    genre = next(one.genres[0] for one in Track.objects.all() if one.genres)
    return [
        f"/playlists/{mine.key}/", f"/playlists/{theirs.key}/", f"/playlists/join/{members.invite(theirs).token}/",
        f"/artist/{best.key}/", f"/releases/{best.key}/", f"/release/{release.key}/", f"/track/{track.key}/",
        f"/genre/{quote(genre)}/", f"/stations/{begun.pk}/", "/friends/bo-here/", "/friends/anna-here/",
        f"/friends/asks/{asked}/", f"/friends/asks/{asked}/?q=a", f"/picks/{pick.pk}/", f"/editorial/{pick.pk}/",
        *brought(user), *(f"/s/{one.token}/" for one in shared),
    ]  # fmt: skip


def befriended(one, other, keys: list[str]) -> int:
    """Two see all of each other, and ask each other for a track; the number of the other's question."""
    for who, name in ((one, "Anna"), (other, "Bo")):
        now = time.time_ns() // 1_000_000
        record_listens(who, [NewListen(track_key=key, time_ms=now - n * 20_000_000) for n, key in enumerate(keys)])
        shows = {"shows_listening": True, "shows_taste": True, "shows_playlists": True}
        Profile.objects.create(listener=who, name=name, handle=f"{name.lower()}-here", **shows)
    for first, second in ((one, other), (other, one)):
        people.follow(first, second)
        people.accept(second, first)
    asks.ask(one, other, "What for a long drive?")
    return asks.ask(other, one, "What for the night?").pk


def brought(user) -> list[str]:  # noqa: F811
    """The addresses of imports: of pasted lines, of a file with lines that are none, of no such file, of one that waits."""
    lines = b"Nobody,,Nothing,03 Feb 2024 10:00\n,,Lost,03 Feb 2024 12:00"
    jobs = [
        imports.begin_text(user, "Nobody at All - Nothing of the Kind\nLost"),
        imports.begin(user, [lines], "scrobbles.csv"),
        imports.begin(user, [b"\x89PNG\r\n\x1a\n" + bytes(200)], "photo.png"),
    ]
    queue.drain()
    jobs.append(imports.begin(user, [lines], "later.csv"))
    return [f"/playlists/import/{jobs[0].pk}/", *(f"/import/{job.pk}/" for job in jobs)]


def drawers(sweep: Sweep, playlist: str) -> None:
    """What opens over a page: why, the menu, adding to a playlist, sharing; then the player, large, and its queue."""
    tab = sweep.tab  # noqa: F811
    opened = tab.locator("#drawer[open]")

    def look(name: str) -> None:
        opened.wait_for()
        settled(tab)
        sweep.here(f"drawer: {name}", "#drawer")

    opens(tab, "/mixes/discover-weekly/")
    row = tab.locator(".track").first
    row.locator(".why").click()
    look("why")
    tab.keyboard.press("Escape")
    row.locator("[data-menu]").click()
    look("menu")
    opened.get_by_text("Add to a playlist").click()
    opened.get_by_role("heading", name="Add to").wait_for()
    look("add to a playlist")
    tab.keyboard.press("Escape")
    tab.locator("[data-drawer*=share]").click()
    look("share a mix")
    opens(tab, playlist)
    for button in ("Who may change it", "Share", "More about this playlist"):
        tab.get_by_role("button", name=button, exact=True).click()
        look(button)
        if button.startswith("More"):
            opened.get_by_role("button", name="Delete it").click()
            opened.get_by_role("button", name="Keep it").wait_for()
            look("delete a playlist")
        tab.keyboard.press("Escape")
    tab.locator("#entries [data-menu]").first.click()
    look("what can be done with an entry")
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="Change title and description").click()
    tab.locator("#edit-title").wait_for()
    sweep.here("change a title")
    tab.locator("#entries [data-play]").first.click()
    tab.locator("#player").wait_for()
    sweep.here("the player's bar")
    tab.locator("#player [data-act=full]").click()
    tab.locator("#playing[open]").wait_for()
    sweep.here("the player, large")
    tab.locator("#playing [data-act=queue], #player [data-act=queue]").locator("visible=true").first.click()
    tab.locator("#queue[open] .track").first.wait_for()
    sweep.here("the queue")


@SIZES
def test_pages_for_everybody(tab, transactional_db):  # noqa: F811
    sweep = Sweep(tab)
    sweep.pages(*ENTRANCE)
    assert tab.request.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
    sweep.over()


@SIZES
def test_pages_of_somebody(tab, transactional_db, pages, user):  # noqa: F811
    sweep = Sweep(tab)
    sweep.pages(*(path for path in pages if path.startswith("/s/")))
    signs_in(tab, user)
    sweep.pages(*LISTENING, *pages)
    drawers(sweep, next(path for path in pages if path.startswith("/playlists/")))
    sweep.over()


@SIZES
def test_pages_of_an_account(tab, transactional_db, catalogue, user):  # noqa: F811
    Token.issue(user, LONG[:100], ["read", "listen"])
    Artist.objects.filter(pk=Artist.objects.order_by("pk").first().pk).update(name=LONG)
    sweep = Sweep(tab)
    tab.goto("/accounts/login/")
    tab.fill("[name=login]", user.email)
    tab.fill("[name=password]", PASSWORD)
    tab.click("main form button.main")
    tab.wait_for_url(re.compile("/welcome/$"))
    assert tab.locator(".messages").inner_text() == "You are signed in."
    tab.goto("/accounts/reauthenticate/")
    tab.fill("[name=password]", PASSWORD)
    tab.click("main form button.main")
    tab.wait_for_url(lambda url: "reauthenticate" not in url)
    sweep.pages(*OF_ACCOUNT)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    sweep.pages(*SECOND_FACTORS)
    tab.goto("/privacy/")
    tab.get_by_role("button", name="Begin").click()
    tab.locator(".private").wait_for()
    sweep.here("a private session")
    sweep.over()


@SIZES
def test_pages_of_staff(tab, transactional_db, catalogue, snapshot, user, tmp_path, settings):  # noqa: F811
    User.objects.filter(pk=user.pk).update(is_staff=True)
    for kind in ("rollups", "details"):
        queue.start_now(kind, "here")
    assert queue.drain() >= 2
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    tab.goto("/accounts/login/")
    signs_in(tab, user)
    sweep = Sweep(tab)
    boards = [address for _, address in views.places()]
    assert len(boards) >= 10
    sweep.pages(*boards, "/staff/experiments/new/", f"/staff/jobs/{Job.objects.first().pk}/")
    tab.goto("/staff/overview/")
    chart = tab.locator(".plot .main-svg").first
    chart.wait_for()
    assert chart.bounding_box()["width"] > 200
    sweep.here("charts")
    sweep.over()

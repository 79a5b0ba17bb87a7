"""What stands in a letter, the links in it, and the pages they lead to."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from segue.web import clock
from segue.web.catalog.load import load
from segue.web.catalog.models import Credit
from segue.web.digest import links
from segue.web.digest.models import Letter, Subscription, Used
from segue.web.digest.numbers import numbers_of
from segue.web.digest.preview import preview
from segue.web.digest.sending import send_due
from segue.web.digest.weeks import Week
from segue.web.discovery import exposures
from segue.web.discovery.models import Exposure, Outcome
from segue.web.listening.models import Feedback, Listener
from segue.web.listening.record import NewListen, record_listens
from tests.web.digest.conftest import subscribed
from tests.web.listening.conftest import small_library

DAY_MS = 86_400_000


@pytest.fixture
def rich(catalogue, snapshot, user, letters, at) -> Subscription:
    """`user`, with the history of the busiest listener of the demo world, on the Monday after it ends."""
    busiest = max(Listener.objects.filter(user=None), key=lambda one: one.listens.count())
    Listener.objects.filter(user=user).delete()
    Listener.objects.filter(pk=busiest.pk).update(user=user, welcomed=True)
    user.refresh_from_db()
    at(2025, 12, 29, 9, 0)
    return subscribed(user)


def _address(letter, part):
    return next(one for one in re.findall(r"https://\S+", letter.get_body(("plain",)).get_content()) if part in one)


def _path(address):
    return address.removeprefix("https://music.example.org")


def test_a_letter_from_monday_to_a_like(rich, letters):
    assert send_due().sent == 1
    exposures.flush()
    letter = letters.last
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    weekly = text.partition("DISCOVER WEEKLY")[2].partition("All 30 tracks:")[0]
    assert len(re.findall(r"(?m)^\* ", weekly)) == 5
    assert len(re.findall(r"(?m)^  (Because|Sounds|Among|\d)", weekly)) == 5, "each says why"
    assert "YOUR WEEK" in text
    assert letter["Subject"].startswith("Your Discover Weekly: ")
    pictures = {one["Content-ID"][1:-1] for one in letter.walk() if one.get_content_type() == "image/png"}
    assert pictures
    assert set(re.findall(r'src="cid:([^"]+)"', html)) == pictures
    assert not re.search(r'src="http|<script|<svg|<link', html), "nothing is loaded from anywhere"
    assert len(html) < 102_000, "mail programs cut off longer ones"
    assert set(Exposure.objects.values_list("surface", flat=True)) >= {"digest:discover-weekly", "digest:because"}

    address = _address(letter, "/letter/say/")
    stranger = Client(enforce_csrf_checks=True)
    shown = stranger.get(_path(address))
    assert shown.status_code == 200
    assert not Feedback.objects.filter(listener=rich.listener, time_ms=clock.now_ms()).exists(), "looking says nothing"
    assert stranger.post(_path(address)).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.content.decode())[1]
    assert b"Noted" in stranger.post(_path(address), {"csrfmiddlewaretoken": token}).content
    said = Feedback.objects.get(listener=rich.listener, time_ms=clock.now_ms())
    held = links.Say.read(address.rstrip("/").rpartition("/")[2])
    assert (said.kind, said.track.key) == ("like", held.track)
    assert Outcome.objects.get().kind == "liked"
    Feedback.objects.filter(pk=said.pk).delete()
    assert b"each works once" in stranger.post(_path(address), {"csrfmiddlewaretoken": token}).content
    assert not Feedback.objects.filter(pk=said.pk).exists()
    assert Used.objects.count() == 1


def test_one_click_ends_it_without_cookies(rich, letters):
    send_due()
    letter = letters.last
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = re.search(
        rb"List-Unsubscribe: <([^>]+)>\r?\n", letter.as_bytes(policy=letter.policy.clone(max_line_length=900))
    )
    assert raw[1].decode() == _address(letter, "/letter/end/")
    path = _path(_address(letter, "/letter/end/"))
    program = Client(enforce_csrf_checks=True)
    assert b"Send me no more" in program.get(path).content
    assert Subscription.objects.get().state == "on", "looking ends nothing"
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get().state == "off"
    assert b"No more letters come" in program.get(path).content


def test_links_that_were_tampered_with_or_are_old_do_nothing(rich, letters, monkeypatch):
    preview(rich.address)
    say = links.Say(rich.listener_id, "2026-W01", "like", "no-such-letter").address()
    token = say.rstrip("/").rpartition("/")[2]
    browser = Client()
    for wrong in (token, token[:-1], f"x{token}", "nonsense"):
        for kind in ("say", "begin", "end"):
            assert browser.post(f"/letter/{kind}/{wrong}/").status_code == 404
    assert links.Say.read(token) is not None
    monkeypatch.setattr(links, "SAID_FOR", -links.SAID_FOR)
    assert links.Say.read(token) is None
    assert not Letter.objects.exists(), "a preview is no letter"


def test_links_of_a_preview_say_nothing_also_when_the_letter_went_out(rich, letters, at):
    at(2025, 12, 29, 9, 0, 5)
    seen = re.search(r"https://\S+/letter/say/\S+", preview(rich.address).text)[0]
    at(2025, 12, 29, 9, 1)
    assert send_due().sent == 1
    assert Client().post(_path(seen)).status_code == 404
    assert Client().get(_path(_address(letters.last, "/letter/say/"))).status_code == 200


def test_a_private_session_keeps_nothing_and_leaves_the_link(rich, letters):
    send_due()
    path = _path(_address(letters.last, "/letter/say/"))
    Listener.objects.filter(pk=rich.listener_id).update(private_until_ms=clock.now_ms() + DAY_MS)
    assert b"in private" in Client().post(path).content
    assert not Used.objects.exists()
    Listener.objects.filter(pk=rich.listener_id).update(private_until_ms=None)
    assert b"Noted" in Client().post(path).content


def test_the_week_by_the_listeners_own_clock(db, user, monday):
    load(small_library())
    load(small_library())
    listener = subscribed(user, "Asia/Tokyo").listener
    tracks = _two_tracks()
    week = Week.named("2026-W47")
    begins = week.begins_ms(ZoneInfo("Asia/Tokyo"))
    assert datetime.fromtimestamp(begins / 1000, UTC) == datetime(2026, 11, 15, 15, tzinfo=UTC)
    played = [(begins - 1, 0, False), (begins, 0, False), (begins + 60_000, 1, True), (begins + 7 * DAY_MS, 1, False),
              (begins + 6 * DAY_MS, 1, False), (begins + 6 * DAY_MS + 1000, 0, False)]  # fmt: skip
    record_listens(
        listener,
        [NewListen(track_key=tracks[n], time_ms=at, ms_played=90_000, skipped=skipped) for at, n, skipped in played],
    )
    found = numbers_of(listener, week)
    assert [one.plays for one in found.days] == [1, 0, 0, 0, 0, 0, 2]
    assert (found.minutes, found.artists, found.new, found.before) == (4, 2, 1, 1)


def _two_tracks():
    """Two tracks by two artists."""
    by_artist = dict(Credit.objects.filter(featured=False, position=0).values_list("artist_id", "track__key"))
    return list(by_artist.values())[:2]

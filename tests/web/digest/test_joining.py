"""Asking for the letter, confirming it, and what staff see."""

import mailbox

import pytest
from django.test import Client

from segue.errors import BadFile
from segue.web import clock
from segue.web.accounts.models import User
from segue.web.digest import bounces
from segue.web.digest.joining import standing
from segue.web.digest.models import Letter, Subscription
from segue.web.digest.sending import send_due
from segue.web.listening.models import Listener, listener_of


@pytest.fixture
def page(user) -> Client:
    browser = Client()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_nobody_gets_a_letter_who_did_not_ask_and_confirm(page, user, letters, monday, short):
    Listener.objects.filter(pk=listener_of(user).pk).update(timezone="Europe/Copenhagen")
    assert "Send it to me" in page.get("/accounts/profile/").content.decode()
    page.post("/letter/switch/", {"on": "1"})
    assert send_due().due == 0
    page.post("/letter/switch/", {"on": "1"})
    assert len(letters) == 1, "asking twice sends one link"
    path = letters.link("/letter/begin/").removeprefix("https://music.example.org")
    scanner = Client()
    assert "Yes, send it to me" in scanner.get(path).content.decode()
    assert standing(listener_of(user)).state == "asked"
    assert scanner.post(path).status_code == 200
    assert "It comes on Monday mornings" in page.get("/accounts/profile/").content.decode()
    assert send_due().sent == 1
    page.post("/letter/switch/", {"on": "0"})
    assert standing(listener_of(user)).state == "off"
    assert scanner.post(path).status_code == 404, "an old link does not begin it again"


def test_switching_to_and_fro_sends_one_link_which_works(page, user, letters, at, short):
    at(2026, 11, 23, 8, 10)
    for on in ("1", "0", "1", "0", "1"):
        page.post("/letter/switch/", {"on": on})
    assert len(letters) == 1
    path = letters.link("/letter/begin/").removeprefix("https://music.example.org")
    assert Client().post(path).status_code == 200
    assert standing(listener_of(user)).state == "on"
    at(2026, 11, 23, 8, 13)
    for on in ("0", "1"):
        page.post("/letter/switch/", {"on": on})
    assert len(letters) == 2
    assert Client().post(path).status_code == 404


def test_a_new_address_is_confirmed_anew(page, user, letters, monday, short):
    page.post("/letter/switch/", {"on": "1"})
    path = letters.link("/letter/begin/").removeprefix("https://music.example.org")
    User.objects.filter(pk=user.pk).update(email="new@example.org")
    assert Client().post(path).status_code == 404
    assert "Your address is another one" in page.get("/accounts/profile/").content.decode()
    page.post("/letter/switch/", {"on": "1"})
    assert letters.last["To"] == "new@example.org"


REPORT = """From MAILER-DAEMON Mon Nov 23 09:00:00 2026
From: MAILER-DAEMON@mail.example
To: segue@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; anna@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; no such mailbox

--b
Content-Type: {kind}

From: segue@example.org
Message-ID: {of}
Subject: Hello

--b--

"""


def test_letters_that_come_back_are_known_by_their_reports(reader, at, tmp_path, letters, short):
    for day in (2, 9, 16):
        at(2026, 11, day, 9, 0)
        assert send_due().sent == 1
    first, second, third = Letter.objects.order_by("week").values_list("message_id", flat=True)
    box = tmp_path / "box"
    told = [("failed", "5.1.1", "text/rfc822-headers", first), ("delayed", "4.4.1", "message/rfc822", second),
            ("failed", "5.0.0", "message/rfc822", "<made-up@letters>"), ("failed", "5.1.1", "message/rfc822", first)]  # fmt: skip
    box.write_text("".join(REPORT.format(action=a, status=s, kind=k, of=o) for a, s, k, o in told))
    assert bounces.read(box).as_dict() == {"messages": 4, "reports": 2, "new": 1, "paused": 0}
    assert Letter.objects.get(message_id=first).problem == "5.1.1 smtp; no such mailbox"
    maildir = mailbox.Maildir(tmp_path / "maildir")
    for of in (second, third):
        text = REPORT.format(action="failed", status="5.2.1", kind="message/rfc822", of=of)
        maildir.add(text.partition("\n")[2])
    assert bounces.read(tmp_path / "maildir").as_dict() == {"messages": 2, "reports": 2, "new": 2, "paused": 1}
    assert Subscription.objects.get().state == "paused"
    at(2026, 11, 23, 9, 0)
    assert send_due().due == 0
    (tmp_path / "other").write_text("no mailbox")
    for wrong in ("other", "missing"):
        with pytest.raises(BadFile):
            bounces.read(tmp_path / wrong)


def test_a_message_nested_too_deep_keeps_no_other_from_being_read(reader, monday, tmp_path, letters, short):
    send_due()
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b0"\n\n--b0\n'
    for name, inside in (
        ("0", "Content-Type: message/rfc822\n\n"),
        ("1", "Content-Type: multipart/mixed; boundary=b{}\n\n--b{}\n"),
    ):
        (tmp_path / name).write_text(head + "".join(inside.format(n, n) for n in range(3000)))
    of = Letter.objects.get().message_id
    text = REPORT.format(action="failed", status="5.2.1", kind="message/rfc822", of=of)
    (tmp_path / "2").write_text(text.partition("\n")[2])
    assert bounces.read(tmp_path).as_dict() == {"messages": 3, "reports": 1, "new": 1, "paused": 0}


def test_staff_see_numbers_and_any_letter_and_nobody_else_does(page, user, reader, monday, letters, short, monkeypatch):
    from segue.web.digest import preview, sending  # noqa: PLC0415

    monkeypatch.setattr(preview, "letter_to", sending.letter_to)
    send_due()
    assert page.get("/staff/digest/").status_code == 404
    User.objects.filter(pk=user.pk).update(is_staff=True)
    text = page.get("/staff/digest/", {"listener": reader.address}).content.decode()
    assert "2026-W48" in text
    assert "Good morning." in text
    frame = page.get("/staff/digest/letter/", {"listener": reader.listener.key})
    assert frame.content == b"<p>Good morning.</p>"
    assert "sandbox" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert page.get("/staff/digest/", {"listener": "nobody\0"}).status_code == 404
    assert page.get("/staff/digest/", {"listener": reader.address, "week": "soon"}).status_code == 404
    assert clock.now_ms() == monday

"""Letters go out once: through a real mail server, which refuses, goes away, or is left in the middle."""

import smtplib
import socket
from email.message import EmailMessage
from threading import Thread

import pytest
from django.core.mail import get_connection

from segue.errors import SegueError
from segue.web.accounts.models import User
from segue.web.digest import post as handing
from segue.web.digest import sending
from segue.web.digest.models import Letter, Subscription
from segue.web.digest.sending import LEFT_AFTER_MS, Claim, Lost, Pace, send_due
from segue.web.digest.weeks import Week
from segue.web.jobs.models import Job
from segue.web.jobs.run import run
from tests.web.digest.conftest import subscribed


@pytest.fixture
def readers(db):
    """Five people who asked for the letter."""
    return [subscribed(User.objects.create_user(f"reader-{n}@example.org")) for n in range(5)]


def _states():
    return dict(Letter.objects.values_list("listener__user__email", "state"))


def test_each_gets_one_and_nobody_a_second(readers, monday, letters, short):
    job = Job.objects.create(kind="digest")
    assert run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["due"], job.report["sent"]) == ("done", 5, 5)
    assert sorted(one["To"] for one in letters.received) == [f"reader-{n}@example.org" for n in range(5)]
    assert len({one["Message-ID"] for one in letters.received}) == 5
    assert send_due().due == 0
    assert send_due(late=True).due == 0
    assert len(letters) == 5
    assert letters.text.splitlines() == ["Good morning.", ".", "..and dots"], "dots that begin lines stay one each"
    assert set(_states().values()) == {"sent"}


def test_only_those_who_want_it_and_whose_morning_it_is(readers, at, letters, short):
    moved, gone, left, asked, west = readers
    User.objects.filter(listener=moved.listener_id).update(email="elsewhere@example.org")
    User.objects.filter(listener=gone.listener_id).update(is_active=False)
    Subscription.objects.filter(pk=left.pk).update(state="off")
    Subscription.objects.filter(pk=asked.pk).update(state="asked")
    type(west.listener).objects.filter(pk=west.listener_id).update(timezone="America/New_York")
    at(2026, 11, 23, 8, 10)
    assert send_due().due == 0
    at(2026, 11, 23, 14, 10)
    assert send_due().sent == 1
    at(2026, 11, 25, 14, 10)
    Subscription.objects.filter(pk=asked.pk).update(state="on")
    assert send_due().due == 0, "Monday is over"
    assert send_due(late=True).sent == 1
    assert [one["To"] for one in letters.received] == ["reader-4@example.org", "reader-3@example.org"]


def test_a_letter_that_a_dead_worker_left_goes_out_once_unless_it_may_have_gone(reader, monday, letters, short):
    week = Week.named("2026-W48")
    claim = sending._claim(reader.listener_id, week, monday - LEFT_AFTER_MS + 1000)
    assert sending._claim(reader.listener_id, week, monday) is None
    assert send_due().due == 0, "somebody is at it"
    Letter.objects.update(claimed_ms=monday - LEFT_AFTER_MS - 1)
    claim = Claim(claim.letter_id, monday - LEFT_AFTER_MS - 1)
    assert send_due().sent == 1
    with pytest.raises(Lost):
        claim.hand()
    assert claim.end("sent") == "elsewhere"
    Letter.objects.update(state="handed", claimed_ms=0)
    assert send_due().due == 0
    assert len(letters) == 1


def test_what_does_not_end_is_no_letter(reader, monday, letters, short):
    """Right before the last byte, another takes it over: the server must not have got it from the first."""

    def steal():
        Letter.objects.update(claimed_ms=monday + 5)
        raise Lost

    with handing.post() as server, pytest.raises(Lost):
        server.hand_over(_message(), "segue@example.org", "anna@example.org", steal)
    with handing.post() as server:
        server.hand_over(_message(), "segue@example.org", "anna@example.org", lambda: None)
        server.hand_over(_message(), "segue@example.org", "bo@example.org", lambda: None)
    assert len(letters) == 2


def _message():
    made = EmailMessage()
    made["To"] = "anna@example.org"
    made.set_content("Hello")
    return made


class _Server(Thread):
    """A mail server that says what a test wants it to: `after` gives its answer to a command, None goes away."""

    def __init__(self, after):
        super().__init__(daemon=True)
        self.after, self.heard = after, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as file:
                self._speak(file)

    def _speak(self, file):
        def say(text):
            file.write(text.encode() + b"\r\n")
            file.flush()

        say("220 here")
        in_text = False
        for line in file:
            word = "." if in_text and line == b".\r\n" else "" if in_text else line.decode().split()[0].upper()
            in_text = (in_text or word == "DATA") and word != "."
            if not word:
                continue
            self.heard.append(word)
            answer = self.after(word, line.decode()) or {"DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 ok")
            if answer == "gone":
                return
            say(answer)


@pytest.fixture
def server(settings):
    """Starts such a server, and lets letters go there."""
    running = []

    def started(after):
        running.append(_Server(after))
        settings.EMAIL_BACKEND = "segue.web.accounts.mail.SmtpBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running[-1].port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
        return running[-1]

    yield started
    for one in running:
        one.socket.shutdown(socket.SHUT_RDWR)
        one.socket.close()
        one.join(2)


def test_addresses_that_are_refused_for_good_are_given_up_after_three_weeks(readers, at, server, short):
    server(lambda word, line: "550 no such mailbox" if word == "RCPT" and "reader-1" in line else None)
    for day in (2, 9, 16, 23):
        at(2026, 11, day, 9, 0)
        report = send_due()
        assert (report.sent, report.refused) == ((4, 1) if day < 23 else (4, 0))
    assert Subscription.objects.get(state="paused").pk == readers[1].pk
    last = Letter.objects.filter(state="refused").latest("week")
    assert (last.week, last.problem) == ("2026-W47", "550 no such mailbox")


def test_what_is_refused_for_now_is_tried_again(reader, monday, server, short):
    answers = ["451 try later"]
    server(lambda word, line: answers.pop() if word == "RCPT" and answers else None)
    assert send_due().later == 1
    assert send_due().sent == 1
    assert send_due().due == 0


def test_a_server_that_goes_away_before_the_end_has_nothing_and_after_it_perhaps(readers, monday, server, short):
    ends = iter(["gone", None, None, None, None])
    one = server(lambda word, line: next(ends) if word == "." else None)
    report = send_due()
    assert (report.unsure, report.sent) == (1, 4), "it is spoken to again for the others"
    assert send_due().due == 0, "what may have arrived is not sent again"
    Letter.objects.all().delete()
    one.after = lambda word, line: "gone" if word == "MAIL" else None
    with pytest.raises(SegueError, match="could not be reached 5 times"):
        send_due()
    assert set(_states().values()) == {"later"}
    one.after = lambda word, line: None
    assert send_due().sent == 5


def test_a_server_that_shuts_down_at_the_last_byte_has_not_got_it(readers, monday, server, short):
    answers = ["421 shutting down"]
    server(lambda word, line: answers.pop() if word == "." and answers else None)
    report = send_due()
    assert (report.unreachable, report.sent) == (1, 4)
    assert send_due().sent == 1


def test_a_refusal_of_the_sender_is_nobodys_who_should_get_it(readers, at, server, short):
    one = server(lambda word, line: "530 sign in first" if word == "MAIL" else None)
    for day in (2, 9, 16):
        at(2026, 11, day, 9, 0)
        assert send_due().later == 5
    one.after = lambda word, line: None
    assert send_due().sent == 5


def test_one_connection_serves_all(readers, monday, server, short):
    one = server(lambda word, line: None)
    assert send_due().sent == 5
    assert [one.heard.count(word) for word in ("EHLO", "MAIL", ".")] == [1, 5, 5]


def test_letters_become_files_where_there_is_no_mail_server(reader, monday, short, settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", tmp_path
    assert send_due().sent == 1
    [file] = tmp_path.iterdir()
    assert f"To: {reader.address}" in file.read_text()
    assert not isinstance(get_connection(), smtplib.SMTP)


def test_letters_go_evenly(monkeypatch):
    now, slept = [0.0], []
    monkeypatch.setattr(sending.time, "monotonic", lambda: now[0])

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(sending.time, "sleep", sleep)
    pace = Pace(30)
    for _ in range(4):
        pace.wait(lambda: None)
    assert sum(slept) == pytest.approx(6.0)
    assert max(slept) <= 1.0

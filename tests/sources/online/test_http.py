import itertools
import socket
import threading
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from segue.sources.online.http import (
    LONGEST_WAIT_S,
    Client,
    NotAllowed,
    NotAuthorised,
    Pace,
    Service,
    ServiceUnavailable,
    user_agent,
)
from tests.sources.online.fake import Answer, Fake, Time, serving

KEY = "k3y-that-nobody-may-see"
OK = {"fine": True}


def client(fake: Fake, time: Time, *, cache: Path | None = None, **more: Any) -> Client:
    said = {name: more.pop(name) for name in ("interval_s", "fault", "hint") if name in more}
    service = Service(
        "Tunes", fake.url, secret_parameters={"api_key": KEY}, secret_headers={"Authorization": f"Bearer {KEY}"}, **said
    )
    return Client(service, cache=cache, pace=time.pace(), **more)


def test_it_says_who_asks_and_brings_the_key(fake, time):
    fake.routes["/a"] = OK
    with client(fake, time, contact="me@example.org\nX: y") as tunes:
        assert tunes.get("a", {"q": "ä b"}) == OK
    [asked] = fake.asked
    assert asked.query == {"q": "ä b", "api_key": KEY}
    assert asked.headers["User-Agent"].startswith("segue/")
    assert asked.headers["User-Agent"].endswith("(+me@example.org X: y)")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert "(" not in user_agent("")


def test_questions_come_no_faster_than_the_service_wants_them(fake, time):
    fake.routes["/a"] = OK
    with client(fake, time, interval_s=1.5) as tunes:
        for _ in range(3):
            tunes.get("a")
        assert time.slept == [1.5, 1.5]
        time.at += 1.0
        tunes.get("a")
    assert time.slept[2:] == [0.5]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_when_it_says(fake, time, status):
    fake.routes["/a"] = [Answer("", status, {"Retry-After": "7"}), Answer(OK)]
    with client(fake, time) as tunes:
        assert tunes.get("a") == OK
    assert time.slept == [7.0]


def test_the_time_to_ask_again_may_be_a_date_or_the_header_of_listenbrainz(fake, time):
    moment = format_datetime(time.now().replace(microsecond=0), usegmt=True)
    fake.routes["/a"] = [
        Answer("", 429, {"Retry-After": moment}), Answer("", 429, {"X-RateLimit-Reset-In": "3"}), Answer(OK),
    ]  # fmt: skip
    with client(fake, time) as tunes:
        assert tunes.get("a") == OK
    assert time.slept == [0.0, 3.0]


def test_a_service_that_stays_busy_is_given_up_after_growing_waits(fake, time):
    fake.routes["/a"] = Answer("", 503)
    with client(fake, time) as tunes, pytest.raises(ServiceUnavailable, match="Tunes answers 503; try again later"):
        tunes.get("a")
    assert time.slept == [1, 2, 4, 8]
    assert len(fake.asked) == 5


def test_who_asks_for_hours_of_patience_is_given_up_at_once(fake, time):
    fake.routes["/a"] = Answer("", 429, {"Retry-After": str(int(LONGEST_WAIT_S) + 1)})
    with client(fake, time) as tunes, pytest.raises(ServiceUnavailable, match="121 s of patience"):
        tunes.get("a")
    assert time.slept == []


def test_nobody_there_is_said_in_one_line(time):
    with serving() as gone:
        pass
    with client(gone, time) as tunes, pytest.raises(ServiceUnavailable, match="cannot be reached"):
        tunes.get("a")
    assert len(time.slept) == 4


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer("<html>Sorry</html>"), "not a JSON object"),
        (Answer("[" * 1_900), "not a JSON object"),
        (Answer('"' + "x" * 3_000 + '"'), "more than 2,000 bytes"),
        (Answer([OK]), "not a JSON object"),
        (Answer({}, 400), "status 400"),
        (Answer({"error": KEY}, 418), "status 418"),
    ],
)
def test_what_cannot_be_used_is_refused(fake, time, answer, says):
    fake.routes["/a"] = answer
    with client(fake, time, max_bytes=2_000) as tunes, pytest.raises(ServiceUnavailable, match=says) as caught:
        tunes.get("a")
    assert KEY not in str(caught.value)


def test_who_drips_is_not_waited_for_to_the_end(time):
    hours = itertools.count(0, 3_600)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server,))
        thread.start()
        service = Service("Tunes", f"http://127.0.0.1:{server.getsockname()[1]}")
        pace = Pace(timeout_s=5, retries=0, clock=lambda: float(next(hours)))
        with Client(service, pace=pace) as tunes, pytest.raises(ServiceUnavailable, match="does not come to an end"):
            tunes.get("a")
        thread.join()


def _drip(server: socket.socket) -> None:
    """Answer a request with the first of 100,000 bytes, and wait until the other side hangs up."""
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
        connection.recv(1)


def test_gzip_in_gzip_is_not_unpacked(fake, time):
    fake.routes["/a"] = Answer(OK, headers={"Content-Encoding": "gzip, gzip"})
    with client(fake, time) as tunes, pytest.raises(ServiceUnavailable, match="encoding that was not asked for"):
        tunes.get("a")
    assert fake.asked[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_what_to_do(fake, time, status):
    fake.routes["/a"] = Answer({"message": "no"}, status)
    with client(fake, time, hint="set TUNES_KEY") as tunes, pytest.raises(NotAuthorised, match="set TUNES_KEY"):
        tunes.get("a")


def test_a_fault_in_a_document_counts_whatever_the_status(fake, time):
    fake.routes["/a"] = [Answer({"error": 4}), Answer(OK)]
    fake.routes["/b"] = {"error": 800}
    faults = {4: "busy", 800: "absent"}
    with client(fake, time, fault=lambda document: faults.get((document or {}).get("error"))) as tunes:
        assert tunes.get("a") == OK
        assert tunes.get("b") is None
    assert time.slept == [1.0]


# -- where it goes -----------------------------------------------------------------------------------------------


def test_redirects_on_the_same_host_are_followed(fake, time):
    fake.routes |= {"/a": Answer("", 301, {"Location": "/b"}), "/b": OK}
    with client(fake, time) as tunes:
        assert tunes.get("a") == OK


def test_redirects_to_another_host_are_not_and_it_gets_no_key(fake, time):
    with serving({"/b": OK}) as other:
        fake.routes["/a"] = Answer("", 302, {"Location": f"{other.url}/b"})
        with client(fake, time) as tunes, pytest.raises(NotAllowed, match="not its own host"):
            tunes.get("a")
        assert other.asked == []


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "https://user:secret@example.org/", "ftp://x/",
     "http://[::1", "http://127.0.0.1:1/a", "//example.org/a\n"],
)  # fmt: skip
def test_it_goes_nowhere_else(fake, time, address):
    fake.routes["/a"] = Answer("", 307, {"Location": address.strip()})
    with client(fake, time) as tunes:
        with pytest.raises((NotAllowed, ServiceUnavailable)):
            tunes.get("a")
        with pytest.raises(NotAllowed):
            tunes.get(address if "://" in address else f"https:{address}")
    assert set(fake.paths()) == {"/a"}


def test_a_redirect_that_names_the_key_does_not_bring_it_into_the_message(fake, time):
    fake.routes["/a"] = Answer("", 302, {"Location": f"https://example.org/{KEY}"})
    with client(fake, time) as tunes, pytest.raises(NotAllowed, match="not its own host") as caught:
        tunes.get("a")
    assert KEY not in str(caught.value)


def test_redirects_come_to_an_end(fake, time):
    fake.routes["/a"] = Answer("", 302, {"Location": "/a"})
    with client(fake, time) as tunes, pytest.raises(ServiceUnavailable, match="without end"):
        tunes.get("a")


@pytest.mark.parametrize("url", ["file:///tmp", "https://name:word@example.org", "example.org", "https://"])
def test_a_base_url_is_plain_http_or_https(time, url):
    with pytest.raises(NotAllowed):
        Client(Service("Tunes", url), pace=time.pace())


def test_a_base_url_with_a_path_keeps_it(fake, time):
    fake.routes["/mirror/ws/2/a"] = OK
    with Client(Service("Tunes", f"{fake.url}/mirror/"), pace=time.pace()) as tunes:
        assert tunes.get("/ws/2/a") == OK


# -- what it remembers -------------------------------------------------------------------------------------------


def test_what_was_asked_before_is_not_asked_again(fake, time, tmp_path):
    fake.routes["/a"] = OK
    with client(fake, time, cache=tmp_path) as tunes:
        assert tunes.get("a", {"x": 1, "y": 2}) == OK
    with client(fake, time, cache=tmp_path) as tunes:
        assert tunes.get("a", {"y": 2, "x": 1}) == OK
        assert tunes.get("gone") is None
        assert tunes.get("gone") is None
        assert tunes.get("a", {"x": 3}) == OK
    assert fake.paths() == ["/a", "/gone", "/a"]


def test_what_is_too_old_or_damaged_is_asked_anew(fake, time, tmp_path):
    fake.routes["/a"] = OK
    with client(fake, time, cache=tmp_path, max_age_s=60) as tunes:
        tunes.get("a")
        time.at += 61
        tunes.get("a")
        [file] = tmp_path.rglob("*.json")
        file.write_text('{"url": ')
        assert tunes.get("a") == OK
    assert len(fake.asked) == 3


def test_half_a_character_does_not_end_it(fake, time, tmp_path):
    fake.routes["/a"] = Answer('{"name": "\\ud800"}')
    with client(fake, time, cache=tmp_path) as tunes:
        assert tunes.get("a") == {"name": "\ud800"}
        assert tunes.get("a") == {"name": "?"}


def test_failures_are_not_remembered(fake, time, tmp_path):
    fake.routes["/a"] = [Answer("", 403), Answer(OK)]
    with client(fake, time, cache=tmp_path) as tunes:
        with pytest.raises(NotAuthorised):
            tunes.get("a")
        assert tunes.get("a") == OK


def test_no_file_and_no_message_holds_the_key(fake, time, tmp_path):
    fake.routes |= {"/a": {"you_sent": KEY, "next": f"{fake.url}/a?api_key={KEY}"}, f"/{KEY}": Answer({}, 403)}
    with client(fake, time, cache=tmp_path) as tunes:
        tunes.get("a", {"page": 1})
        with pytest.raises(NotAuthorised) as caught:
            tunes.get(KEY)
        assert KEY not in str(caught.value)
        assert KEY not in repr(tunes.service)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 1
    assert all(KEY not in str(file) + file.read_text() for file in files)


def test_a_form_is_posted_and_never_remembered(fake, time, tmp_path):
    fake.routes["/token"] = OK
    with client(fake, time, cache=tmp_path) as tunes:
        assert tunes.post("token", {"grant_type": "x y"}) == OK
    assert fake.asked[0].body == "grant_type=x+y"
    assert list(tmp_path.rglob("*")) == []

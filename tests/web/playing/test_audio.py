"""Audio of tracks: the right bytes, whole and in part, of the right file, for who is signed in."""

import os
import threading
from urllib.parse import quote

import pytest
import soundfile
from django.test import Client, RequestFactory

from segue.web.api.errors import Problem
from segue.web.catalog.models import AudioFile
from segue.web.playing import made, sending


def address(track, what="audio"):
    return f"/{what}/{quote(track.key)}"


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def ask(browser, track):
    def asked(range_=None, method="get", **headers):
        if range_ is not None:
            headers["Range"] = range_
        return getattr(browser, method)(address(track), headers=headers)

    return asked


def test_only_who_is_signed_in_hears(track, filed):
    filed(track)
    for what in ("audio", "playable", "lyrics"):
        answer = Client().get(address(track, what))
        assert answer.status_code == 401
        assert answer.json()["detail"]


def test_a_file_is_sent_whole(ask, track, filed):
    path = filed(track)
    answer = ask()
    assert (answer.status_code, body_of(answer)) == (200, path.read_bytes())
    assert answer["Content-Type"] == "audio/flac"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Length"] == str(path.stat().st_size)
    head = ask(method="head")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(path.stat().st_size)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=-5", -5, -1), ("bytes=7-", 7, -1), ("bytes=3-999999999", 3, -1),
     ("bytes=-999999999", 0, -1)],
)  # fmt: skip
def test_a_part_is_sent(ask, track, filed, asked, first, last):
    whole = filed(track).read_bytes()
    first, last = first % len(whole), last % len(whole)
    answer = ask(asked)
    assert body_of(answer) == whole[first : last + 1]
    assert answer["Content-Length"] == str(last + 1 - first)
    # All of it is all of it, however it is asked for.
    if first:
        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0", "bytes=99999999-999999999"])
def test_what_the_file_does_not_have_is_refused(ask, track, filed, asked):
    size = filed(track).stat().st_size
    answer = ask(asked)
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "lines=0-3", "bytes=0-1,4-5", "bytes=-", "bytes=٣-٤", "bytes"]
)
def test_what_is_not_understood_is_answered_with_the_whole(ask, track, filed, asked):
    size = filed(track).stat().st_size
    answer = ask(asked)
    assert (answer.status_code, len(body_of(answer))) == (200, size)


def test_a_part_of_what_changed_is_the_whole(ask, track, filed):
    path = filed(track)
    first = ask()
    tag, date = first["ETag"], first["Last-Modified"]
    for still in (tag, date):
        assert ask("bytes=0-3", **{"If-Range": still}).status_code == 206
    for other in ('"other"', f"W/{tag}", "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"):
        assert ask("bytes=0-3", **{"If-Range": other}).status_code == 200
    assert ask(**{"If-None-Match": f'"x", {tag}'}).status_code == 304
    assert ask(**{"If-Modified-Since": date}).status_code == 304
    assert ask(**{"If-None-Match": '"x"', "If-Modified-Since": date}).status_code == 200
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert ask("bytes=0-3", **{"If-Range": tag}).status_code == 200
    assert ask(**{"If-None-Match": tag}).status_code == 200


def test_a_long_file_is_sent_in_blocks_and_closed(ask, track, filed, monkeypatch):
    monkeypatch.setattr(sending, "AT_ONCE", 1000)
    monkeypatch.setattr(sending, "IN_MEMORY", 1000)
    monkeypatch.setattr(sending, "BLOCK", 300)
    whole = filed(track, samples=20_000).read_bytes()
    answer = ask()
    assert answer.streaming
    assert ask().status_code == 503, "one at a time, as each holds a thread"
    assert max(map(len, parts := list(answer.streaming_content))) == 300
    assert b"".join(parts) == whole
    second = sending.sent(RequestFactory().get("/"), sending.opened(filed(track, "other.flac", 20_000)), "audio/flac")
    next(second.streaming_content)
    for close in second._resource_closers:
        close()
    assert body_of(ask("bytes=5-3000")) == whole[5:3001], "who went away holds nobody up"
    # Of what has no end, a part is sent at a time, and no thread waits for who pauses.
    part = ask("bytes=100-")
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-1099/{len(whole)}")
    assert part.content == whole[100:1100]
    blocks = sending.Blocks(sending.opened(filed(track, "two.flac")).file, 0, 5000)
    next(blocks)
    blocks.close()
    assert blocks.file.closed


def test_only_regular_files_are_sent(ask, track, tmp_path):
    os.mkfifo(tmp_path / "pipe.flac")
    (tmp_path / "folder.flac").mkdir()
    for name in ("pipe.flac", "folder.flac", "gone.flac", "x" * 300 + ".flac"):
        AudioFile.objects.create(path=str(tmp_path / name), track=track, content_id=name[:20])
    AudioFile.objects.create(path="relative.flac", track=track, content_id="r")
    answer = ask()
    assert answer.status_code == 404
    assert str(tmp_path) not in answer.content.decode()
    assert sending.opened(tmp_path / "pipe.flac") is None


def test_the_file_that_browsers_play_best_is_sent(ask, track, filed, browser):
    filed(track, "a.aiff", codec="aiff")
    assert ask().status_code == 404
    assert browser.get(address(track, "playable")).json()["kind"] == "none"
    filed(track, "b.wav", codec="wav")
    assert ask()["Content-Type"] == "audio/wav"
    filed(track, "c.ogg", codec="ogg")
    assert ask()["Content-Type"] == "audio/wav"
    filed(track, "d.mp3", codec="mp3", format="MP3")
    assert ask()["Content-Type"] == "audio/mpeg"
    told = browser.get(address(track, "playable")).json()
    assert (told["kind"], told["src"], told["type"]) == ("file", address(track), "audio/mpeg")
    assert told["duration_ms"] == 1000


def test_what_there_is_not(browser):
    for what in ("audio", "playable", "lyrics"):
        for key in ("nothing", "x" * 300, "a%00b"):
            answer = browser.get(f"/{what}/{key}")
            assert (answer.status_code, list(answer.json())) == (404, ["detail"])


# -- elsewhere -----------------------------------------------------------------------------------------------------------


def test_a_track_without_a_file_is_elsewhere(browser, track):
    told = browser.get(address(track, "playable")).json()
    assert (told["kind"], told["src"], told["type"], told["lyrics"]) == ("link", None, None, True)
    links = {one["name"]: one["href"] for one in told["links"]}
    assert links["Spotify"] == "https://open.spotify.com/track/6eTGxxQxiTFE6LfZHC33Wm"
    assert links["MusicBrainz"] == "https://musicbrainz.org/recording/0b6a0a0c-6b1f-4bd4-8c0a-0d8a1f0f3c11"
    assert "Sigur+R%C3%B3s+%26+S%C3%B6hne" in links["YouTube Music"]
    assert links["Deezer"].endswith("Hopp%C3%ADpolla%20%22live%22")


@pytest.mark.parametrize(
    "uri", ["spotify:track:../../evil", "spotify:album:6eTGxxQxiTFE6LfZHC33Wm", "javascript:alert(1)", ""]
)
def test_only_ids_of_the_right_form_are_linked(browser, track, uri):
    track.spotify_uri = track.mbid = uri[:36]
    track.save()
    names = [one["name"] for one in browser.get(address(track, "playable")).json()["links"]]
    assert names == ["YouTube Music", "Deezer"]


def test_words(browser, track, demo_track):
    assert browser.get(address(track, "lyrics")).json() == {"lyrics": "Brosandi\nHendumst í hringi"}
    assert browser.get(address(demo_track, "lyrics")).json() == {"lyrics": None}


# -- what is made --------------------------------------------------------------------------------------------------------


def test_music_is_made_once_and_kept(browser, demo_track, home):
    told = browser.get(address(demo_track, "playable")).json()
    assert (told["kind"], told["type"]) == ("made", "audio/flac")
    first = browser.get(told["src"], headers={"Range": "bytes=0-99"})
    assert first.status_code == 206
    [file] = (home.path / "generated").glob("*.flac")
    assert soundfile.info(file).duration * 1000 == pytest.approx(told["duration_ms"], abs=1)
    assert body_of(browser.get(told["src"])) == file.read_bytes()
    before = file.stat().st_mtime_ns
    file.unlink()
    again = browser.get(told["src"], headers={"Range": "bytes=0-99", "If-Range": first["ETag"]})
    assert (again.status_code, again.content) == (206, first.content), "made anew, it is the same"
    assert file.stat().st_mtime_ns > before


def test_two_who_ask_at_once_wait_for_one(demo_track, home, monkeypatch, transactional_db):
    written = []
    write = made._write
    monkeypatch.setattr(made, "_write", lambda path, samples: (written.append(path), write(path, samples)))
    sound = made._sound(demo_track)
    monkeypatch.setattr(made, "_sound", lambda track: sound)
    both = [threading.Thread(target=made.piece_of, args=(demo_track,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(written) == 1


def test_what_was_used_longest_ago_goes(demo_track, home, monkeypatch):
    folder = home.path / "generated"
    folder.mkdir(parents=True)
    for age, name in enumerate(["new.flac", "old.flac", "left.draft"]):
        (folder / name).write_bytes(bytes(1_000_000))
        os.utime(folder / name, (2_000_000_000 - age * 1e8 if not age else 1_000_000_000, 1_000_000_000))
    monkeypatch.setattr(made, "MOST_MB", 2)
    piece = made.piece_of(demo_track)
    assert {file.name for file in folder.iterdir() if not file.name.startswith("lock")} == {piece.path.name, "new.flac"}


def test_where_nothing_can_be_made(browser, demo_track, home, monkeypatch):
    monkeypatch.setattr(made, "is_equipped", lambda: False)
    answer = browser.get(address(demo_track))
    assert answer.status_code == 503
    assert "audio extra" in answer.json()["detail"]
    assert browser.get(address(demo_track, "playable")).json()["kind"] == "none"
    monkeypatch.undo()
    home.path.mkdir(exist_ok=True)
    (home.path / "generated").write_text("in the way")
    with pytest.raises(Problem):
        made.piece_of(demo_track)


def test_making_is_limited(browser, demo_track, home, settings):
    settings.RATE_LIMIT_COSTLY = 1
    assert browser.get(address(demo_track)).status_code == 200
    assert browser.get(address(demo_track)).status_code == 200, "what is there costs nothing"
    demo_track.key = "demo:track:0008"
    demo_track.pk = None
    demo_track.save()
    answer = browser.get(address(demo_track))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60

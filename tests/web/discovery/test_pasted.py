"""What people paste, and which tracks it means."""

import http.server
import json
import shutil
import threading

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from segue.web.catalog.models import Artist, Credit, Track
from segue.web.discovery.pasted import MOST_LINKS, read_pasted
from segue.web.playlists.models import Playlist
from segue.web.playlists.services import track_keys
from tests.effort import examples

NAMES = {
    "glory": ("Portishead", "Glory Box"), "joga": ("Björk", "Jóga"), "creep": ("Radiohead", "Creep"),
    "jude": ("The Beatles", "Hey Jude"),
    "first": ("宇多田ヒカル", "First Love"), "other": ("Stone Temple Pilots", "Creep"),
}  # fmt: skip
URI = "spotify:track:70LcF31zb1H0PyJoS1Sx1r"


@pytest.fixture
def catalogue(db):
    """A few well known names."""
    shutil.rmtree(settings.HOME.path / "search", ignore_errors=True)
    for key, (artist, title) in NAMES.items():
        made, _ = Artist.objects.get_or_create(key=f"artist:{artist}", name=artist)
        track = Track.objects.create(key=key, title=title, popularity=90.0 if key == "creep" else 10.0)
        Credit.objects.create(track=track, artist=made, position=0)
    Track.objects.filter(key="creep").update(spotify_uri=URI, isrc="GBAYE9200070")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("Portishead - Glory Box", "glory"), ("1. portishead – glory box", "glory"), ("Glory Box by Portishead", "glory"),
        ("Portished - Glory Box", "glory"), ("Bjork - Joga", "joga"), ("Beatles - Hey Jude (Remastered 2015)", "jude"),
        ("宇多田ヒカル - First Love", "first"), ("Glory Box", "glory"), ("creep", "creep"), (URI, "creep"),
        ("https://open.spotify.com/track/70LcF31zb1H0PyJoS1Sx1r?si=abc", "creep"),
    ],
)  # fmt: skip
def test_a_line_means_a_track(catalogue, line, key):
    pasted = read_pasted(line, online=False)
    assert pasted.tracks == (key,)
    assert pasted.unmatched == ()


def test_lines_in_order_and_what_comes_near_those_that_are_not_there(catalogue):
    lines = [
        "Radiohead - Creep",
        "",
        "Radiohead - Crept Away For Years",
        "https://example.org/x",
        "Portishead - Glory Box",
    ]
    pasted = read_pasted("\n".join([*lines, lines[0], ""]))
    assert pasted.tracks == ("creep", "glory", "creep")
    missing, link = pasted.unmatched
    assert missing.asked == "Radiohead - Crept Away For Years"
    assert link.problem is not None
    near = read_pasted("Portishead - Glory Fox Trot")
    assert near.tracks == ()
    assert near.unmatched[0].closest in ((), ("Portishead - Glory Box",))


def test_the_text_of_a_playlist_file(catalogue):
    m3u = "#EXTM3U\n#PLAYLIST:Rainy days\n#EXTINF:240,Portishead - Glory Box\na.mp3\n#EXTINF:200,Nobody - Nothing\nb.mp3\n"
    pasted = read_pasted(m3u)
    assert (pasted.title, pasted.tracks, [one.asked for one in pasted.unmatched]) == (
        "Rainy days",
        ("glory",),
        ["Nobody - Nothing"],
    )
    jspf = {
        "playlist": {
            "title": "J",
            "track": [{"title": "Jóga", "creator": "Björk"}, {"title": "X", "identifier": ["isrc:GBAYE9200070"]}],
        }
    }
    pasted = read_pasted(json.dumps(jspf))
    assert (pasted.title, pasted.tracks) == ("J", ("joga", "creep"))
    xspf = (
        '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><creator>Björk</creator>'
        "<title>Jóga</title></track></trackList></playlist>"
    )
    assert read_pasted(xspf).tracks == ("joga",)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "\0", "{", "[]", "<?xml", "#EXTM3U", "{}" * 100, "a" * 100_000, "\ud800 - x", "- - -"]
)
def test_nothing_pasted_fails(catalogue, text):
    assert read_pasted(text, online=False).tracks == ()


@hypothesis_settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=200))
def test_no_text_fails(catalogue, text):
    pasted = read_pasted(text, online=False)
    assert set(pasted.tracks) <= set(NAMES)


@pytest.fixture
def deezer(monkeypatch):
    """A server that answers as Deezer does, and the paths it was asked for."""
    asked: list[str] = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            tracks = [
                {
                    "id": 1,
                    "title": "Glory Box",
                    "duration": 300,
                    "artist": {"id": 2, "name": "Portishead"},
                    "album": {"title": "Dummy"},
                }
            ]
            body = json.dumps(
                {"id": 7, "title": "From afar", "data": tracks, "tracks": {"data": tracks}, "total": 1}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("DEEZER_URL", f"http://127.0.0.1:{server.server_port}")
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_link_to_a_playlist_is_followed(catalogue, deezer):
    pasted = read_pasted("https://www.deezer.com/en/playlist/908622995\nRadiohead - Creep")
    assert pasted.tracks == ("glory", "creep")
    assert pasted.title == "From afar"
    assert deezer


def test_few_links_are_followed_at_a_time_and_none_that_are_not_of_a_service(catalogue, deezer):
    lines = [f"https://www.deezer.com/playlist/{place}" for place in range(MOST_LINKS + 2)]
    pasted = read_pasted("\n".join([*lines, "http://127.0.0.1/playlist/1", "http://169.254.169.254/latest"]))
    assert len(pasted.tracks) == MOST_LINKS
    assert len(pasted.unmatched) == 4


# -- over HTTP -----------------------------------------------------------------------------------------------------------


def test_pasting_at_the_first_visit_makes_a_playlist_that_counts(catalogue, api, listener):
    response = api.post("/welcome", {"pasted": "Portishead - Glory Box\nNobody - Nothing\nRadiohead - Creep"})
    assert response.status_code == 200, response.content
    told = response.json()
    assert (told["matched"], [one["asked"] for one in told["unmatched"]]) == (2, ["Nobody - Nothing"])
    made = Playlist.objects.get(key=told["playlist"])
    assert (made.listener, track_keys(made), made.public) == (listener, ["glory", "creep"], False)
    from segue.web.listening.known import known_of  # noqa: PLC0415

    listener.refresh_from_db()
    assert ("glory", "creep") in known_of(listener).history.playlists
    assert listener.welcomed


def test_pasting_what_is_not_there_says_what_to_write(catalogue, api):
    response = api.post("/welcome", {"pasted": "Nobody - Nothing"})
    assert response.status_code == 422
    assert "Artist - Title" in response.json()["detail"]
    assert not Playlist.objects.exists()

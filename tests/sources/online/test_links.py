import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import UnknownFormat
from segue.sources.online.links import SERVICES, Link, looks_like_a_link, recognise, understood

ID = "0123456789abcdefABCDEF"
MBID = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"https://open.spotify.com/playlist/{ID}?si=0f1e2d", ("spotify", "playlist", ID)),
        (f"  https://open.spotify.com/intl-de/track/{ID}\n", ("spotify", "track", ID)),
        (f"http://open.spotify.com/user/some.one/playlist/{ID}", ("spotify", "playlist", ID)),
        (f"open.spotify.com/embed/album/{ID}", ("spotify", "album", ID)),
        (f"spotify:playlist:{ID}", ("spotify", "playlist", ID)),
        (f"spotify:user:someone:playlist:{ID}", ("spotify", "playlist", ID)),
        (f"spotify:artist:{ID}", ("spotify", "artist", ID)),
        ("https://www.deezer.com/fr/playlist/908622995", ("deezer", "playlist", "908622995")),
        ("https://deezer.com/album/12?utm_source=deezer", ("deezer", "album", "12")),
        ("https://music.apple.com/us/playlist/harbour-walks/pl.u-Ab12", ("apple-music", "playlist", "pl.u-Ab12", "us")),
        ("https://music.apple.com/playlist/pl.f4d1", ("apple-music", "playlist", "pl.f4d1", "us")),
        ("https://music.apple.com/se/album/days/123", ("apple-music", "album", "123", "se")),
        ("https://music.apple.com/se/album/days/123?i=456", ("apple-music", "track", "456", "se")),
        ("https://music.apple.com/de/song/lantern/456", ("apple-music", "track", "456", "de")),
        ("https://music.youtube.com/playlist?list=PLabc_-12", ("youtube-music", "playlist", "PLabc_-12")),
        ("https://www.youtube.com/watch?v=abcdefghijk&list=PLabc", ("youtube-music", "playlist", "PLabc")),
        ("https://music.youtube.com/watch?v=abcdefghijk&list=RDAMVMabc", ("youtube-music", "track", "abcdefghijk")),
        ("https://youtu.be/abcdefghijk?t=3", ("youtube-music", "track", "abcdefghijk")),
        (f"https://listenbrainz.org/playlist/{MBID}/", ("listenbrainz", "playlist", MBID)),
        ("https://listenbrainz.org/user/some one/stats", None),
        ("https://listenbrainz.org/user/some%20one/stats/", ("listenbrainz", "history", "some one")),
        ("https://www.last.fm/user/someone", ("lastfm", "favourites", "someone")),
        ("https://www.last.fm/de/user/someone/library?from=2020-01-01", ("lastfm", "history", "someone")),
        ("https://www.last.fm/user/someone/playlists/123", ("lastfm", "playlist", "someone")),
    ],
)
def test_links_as_people_paste_them(text, expected):
    assert recognise(text) == (expected and Link(*expected))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The Larks - Lantern",
        "playlist.csv",
        f"https://open.spotify.com@example.org/playlist/{ID}",
        f"https://someone:word@open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com:8080/playlist/{ID}",
        f"https://open.spotify.com.example.org/playlist/{ID}",
        f"https://open.spotify.com./playlist/{ID}",
        f"https://open.sp\u043etify.com/playlist/{ID}",
        f"https://open\u3002spotify.com/playlist/{ID}",
        f"https://xn--open-sptify-x9g.com/playlist/{ID}",
        f"https://example.org/?u=https://open.spotify.com/playlist/{ID}",
        f"https://example.org\\@open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com/playlist/{ID}x",
        "https://open.spotify.com/playlist/../../etc",
        f"https://open.spotify.com/show/{ID}",
        f"https://open.spotify.com/playlist/{ID}/edit",
        "file:///etc/passwd",
        f"ftp://open.spotify.com/playlist/{ID}",
        f"javascript:open.spotify.com/playlist/{ID}",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/playlist/12",
        "http://[::1]/playlist/12",
        "https://[www.deezer.com/playlist/12",
        "https://www.deezer.com/fr/playlist/12x",
        "https://www.deezer.com/playlist/\u0661\u0662",
        "https://music.apple.com/us/playlist/x/pl.../..",
        "https://www.youtube.com/playlist?list=a&list=../../b",
        "https://www.youtube.com/@someone",
        "https://listenbrainz.org/user/../playlist",
        f"https://listenbrainz.org/playlist/x{MBID}",
        "https://www.last.fm/user/some%2Fone",
        "https://www.last.fm/music/The+Larks",
        f"spotify:playlist:{ID}:x",
        f"https://open.spotify.com/playlist/{ID}\nHost: x",
        "https://www.deezer.com/playlist/" + "1" * 3_000,
    ],
)
def test_what_is_no_such_link_is_not_taken_for_one(text):
    assert recognise(text) is None
    with pytest.raises(UnknownFormat) as caught:
        understood(text)
    assert "\n" not in str(caught.value)


def test_the_error_names_the_services_and_what_else_can_be_brought():
    with pytest.raises(UnknownFormat) as caught:
        understood("https://example.org/list")
    said = str(caught.value)
    assert said.startswith("https://example.org/list: ")
    assert all(one.title in said for one in SERVICES.values())
    assert "Exportify" in said
    assert "Artist - Title" in said


@pytest.mark.parametrize(
    ("text", "is_link"),
    [("https://example.org", True), ("spotify:x", True), ("www.deezer.com/track/1", True), ("my list.csv", False),
     ("C:\\Music\\list.m3u", False), ("/home/me/list.txt", False)],
)  # fmt: skip
def test_a_file_name_is_not_a_link(text, is_link):
    assert looks_like_a_link(text) == is_link


@given(st.text() | st.from_regex(r"https?://[a-z.]*(spotify|deezer|last)[^ ]*", fullmatch=True))
def test_no_text_breaks_it_and_ids_are_plain(text):
    link = recognise(text)
    assert link is None or (link.service in SERVICES and link.id and not set(link.id) & set("/\\\n?#"))

"""What is fetched from each service whose links can be pasted: answers as documented, content invented."""

import base64
import json
from datetime import UTC, datetime

import pytest

from segue.errors import NotFound
from segue.library import Library
from segue.sources.online.http import NotAllowed, NotAuthorised, ServiceUnavailable
from segue.sources.online.links import Link, fetch
from segue.sources.online.settings import OnlineSettings
from tests.sources.online.fake import Answer, Fake, serving

ID = "0123456789abcdefABCDEF"
MBID = "11111111-2222-3333-4444-555555555555"
SECRET = "s3cret-of-the-app"


def named(library: Library) -> list[str]:
    """The one playlist's tracks, as "Artists - Title"."""
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    rows = library.tracks.select("track_id", "title", "artist_ids").iter_rows()
    tracks = {key: f"{' & '.join(names[one] for one in artists or ())} - {title}" for key, title, artists in rows}
    [order] = library.playlists["track_ids"].to_list()
    return [tracks[track_id] for track_id in order]


def only(library: Library, column: str) -> list[object]:
    return library.validate().tracks[column].to_list()


# -- Spotify -----------------------------------------------------------------------------------------------------


def spotify(fake: Fake) -> OnlineSettings:
    fake.routes["/api/token"] = {"access_token": "t0ken-of-spotify", "token_type": "Bearer", "expires_in": 3600}
    return OnlineSettings(
        spotify_client_id="app", spotify_client_secret=SECRET, spotify_url=fake.url, spotify_accounts_url=fake.url
    )


def spotify_track(number: int, title: str, *artists: str) -> dict[str, object]:
    return {
        "type": "track", "name": title, "uri": f"spotify:track:{number:022}", "duration_ms": 200_000 + number,
        "artists": [{"name": artist} for artist in artists], "album": {"name": "Days"},
        "external_ids": {"isrc": f"SEABC12{number:05}"},
    }  # fmt: skip


def test_a_spotify_playlist_is_paged_and_episodes_are_left_out(fake):
    settings = spotify(fake)
    first = {
        "items": [{"item": spotify_track(1, "Lantern", "The Larks", "Øresund")}, {"item": None}],
        "next": f"{fake.url}/v1/playlists/{ID}/items?offset=2&limit=2",
    }
    fake.routes[f"/v1/playlists/{ID}"] = {"name": "Harbour", "description": "walks", "items": first}
    fake.routes[f"/v1/playlists/{ID}/items"] = {
        "items": [{"item": {"type": "episode", "name": "Talk"}}, {"item": spotify_track(2, "Docks", "Øresund")}],
        "next": None,
    }
    library = fetch(Link("spotify", "playlist", ID), settings)
    assert named(library) == ["The Larks & Øresund - Lantern", "Øresund - Docks"]
    assert only(library, "isrc") == ["SEABC1200001", "SEABC1200002"]
    assert only(library, "spotify_uri")[0] == f"spotify:track:{1:022}"
    assert only(library, "duration_ms") == [200_001, 200_002]
    assert library.playlists.select("title", "description").row(0) == ("Harbour", "walks")
    token, *rest = fake.asked
    assert token.body == "grant_type=client_credentials"
    assert token.headers["Authorization"] == "Basic " + base64.b64encode(f"app:{SECRET}".encode()).decode()
    assert {one.headers["Authorization"] for one in rest} == {"Bearer t0ken-of-spotify"}


def test_the_older_names_of_spotifys_fields_are_read_too(fake):
    settings = spotify(fake)
    tracks = {"items": [{"track": spotify_track(1, "Lantern", "The Larks")}], "next": None}
    fake.routes[f"/v1/playlists/{ID}"] = {"name": "Harbour", "tracks": tracks}
    assert named(fetch(Link("spotify", "playlist", ID), settings)) == ["The Larks - Lantern"]


@pytest.mark.parametrize(
    "answer", [{"name": "Harbour"}, Answer({"error": {"status": 403, "message": "Forbidden"}}, 403), Answer({}, 404)]
)
def test_a_spotify_playlist_that_is_not_shown_says_which_export_to_bring(fake, answer):
    settings = spotify(fake)
    fake.routes[f"/v1/playlists/{ID}"] = answer
    with pytest.raises((NotAuthorised, NotFound), match="Exportify"):
        fetch(Link("spotify", "playlist", ID), settings)


def test_an_album_a_track_and_an_artist_of_spotify(fake):
    settings = spotify(fake)
    simple = {"type": "track", "name": "Docks", "uri": f"spotify:track:{2:022}", "artists": [{"name": "Øresund"}]}
    fake.routes |= {
        f"/v1/albums/{ID}": {"name": "Piers", "tracks": {"items": [simple], "next": None}},
        f"/v1/tracks/{ID}": spotify_track(1, "Lantern", "The Larks"),
        f"/v1/artists/{ID}": {"name": "The Larks"},
        f"/v1/artists/{ID}/top-tracks": {"tracks": [spotify_track(1, "Lantern", "The Larks")]},
    }
    album = fetch(Link("spotify", "album", ID), settings)
    assert named(album) == ["Øresund - Docks"]
    assert album.releases["title"].to_list() == ["Piers"]
    assert named(fetch(Link("spotify", "track", ID), settings)) == ["The Larks - Lantern"]
    assert named(fetch(Link("spotify", "artist", ID), settings)) == ["The Larks - Lantern"]
    fake.routes[f"/v1/artists/{ID}/top-tracks"] = Answer({}, 404)
    with pytest.raises(NotAuthorised, match="--like 'The Larks'"):
        fetch(Link("spotify", "artist", ID), settings)


def test_wrong_or_missing_keys_of_spotify_are_named_and_not_shown(fake):
    settings = spotify(fake)
    fake.routes["/api/token"] = Answer({"error": "invalid_client", "error_description": f"bad {SECRET}"}, 400)
    with pytest.raises(NotAuthorised, match="SPOTIFY_CLIENT_SECRET") as caught:
        fetch(Link("spotify", "track", ID), settings)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(settings)
    with pytest.raises(NotAuthorised, match=r"SPOTIFY_CLIENT_ID.*Exportify"):
        fetch(Link("spotify", "track", ID), OnlineSettings())


# -- Deezer ------------------------------------------------------------------------------------------------------


def deezer_track(number: int, title: str, artist: str) -> dict[str, object]:
    return {
        "id": number, "title": title, "duration": 200 + number, "isrc": f"SEABC12{number:05}",
        "artist": {"name": artist}, "album": {"title": "Days"}, "type": "track",
    }  # fmt: skip


def test_a_deezer_playlist_is_paged(fake):
    rows = [deezer_track(1, "Lantern", "The Larks"), deezer_track(2, "Docks", "Øresund")]
    fake.routes["/playlist/12"] = {
        "title": "Harbour", "description": "", "tracks": {"data": rows[:1], "total": 2}, "type": "playlist",
    }  # fmt: skip

    def page(asked):
        start = int(asked.query.get("index", 0))
        more = {"next": f"{fake.url}/playlist/12/tracks?limit=100&index=1"} if start == 0 else {}
        return {"data": rows[start : start + 1], "total": 2, **more}

    fake.routes["/playlist/12/tracks"] = page
    library = fetch(Link("deezer", "playlist", "12"), OnlineSettings(deezer_url=fake.url))
    assert named(library) == ["The Larks - Lantern", "Øresund - Docks"]
    assert only(library, "duration_ms") == [201_000, 202_000]
    assert only(library, "isrc") == ["SEABC1200001", "SEABC1200002"]


def test_a_next_page_elsewhere_is_not_followed(fake):
    with serving() as other:
        fake.routes["/playlist/12"] = {"title": "x", "tracks": {"data": [], "total": 1}}
        fake.routes["/playlist/12/tracks"] = {"data": [], "next": f"{other.url}/playlist/12/tracks"}
        with pytest.raises(NotAllowed):
            fetch(Link("deezer", "playlist", "12"), OnlineSettings(deezer_url=fake.url))
        assert other.asked == []


def test_an_album_a_track_and_an_artist_of_deezer(fake):
    settings = OnlineSettings(deezer_url=fake.url)
    bare = {"title": "Docks", "duration": 200, "artist": {"name": "Øresund"}}
    guests = {"contributors": [{"name": "The Larks"}, {"name": "Gull Choir"}]}
    fake.routes |= {
        "/album/1": {"title": "Piers", "tracks": {"data": [bare]}},
        "/track/2": deezer_track(1, "Lantern", "The Larks") | guests,
        "/artist/3": {"name": "The Larks"},
        "/artist/3/top": {"data": [deezer_track(1, "Lantern", "The Larks")], "total": 1},
    }
    album = fetch(Link("deezer", "album", "1"), settings)
    assert named(album) == ["Øresund - Docks"]
    assert album.releases["title"].to_list() == ["Piers"]
    assert named(fetch(Link("deezer", "track", "2"), settings)) == ["The Larks & Gull Choir - Lantern"]
    assert named(fetch(Link("deezer", "artist", "3"), settings)) == ["The Larks - Lantern"]


@pytest.mark.parametrize(
    ("document", "error", "says"),
    [
        ({"error": {"type": "DataException", "message": "no data", "code": 800}}, NotFound, "no playlist '12'"),
        ({"error": {"type": "OAuthException", "message": "perm", "code": 200}}, NotAuthorised, "does not show"),
        ({"error": {"type": "ParameterException", "code": 500}}, ServiceUnavailable, "cannot answer"),
        ({"title": "Empty", "tracks": {"data": [], "total": 0}}, NotFound, "'Empty' has no tracks"),
        ([1, 2], ServiceUnavailable, "JSON object"),
    ],
)
def test_what_deezer_does_not_show_is_said_in_one_line(fake, document, error, says):
    fake.routes |= {"/playlist/12": document, "/playlist/12/tracks": {"data": []}}
    with pytest.raises(error, match=says):
        fetch(Link("deezer", "playlist", "12"), OnlineSettings(deezer_url=fake.url))


# -- Apple Music -------------------------------------------------------------------------------------------------


def apple_song(number: int, title: str, artist: str) -> dict[str, object]:
    said = {
        "name": title, "artistName": artist, "albumName": "Days", "durationInMillis": 200_000 + number,
        "isrc": f"SEABC12{number:05}",
    }  # fmt: skip
    return {"id": str(number), "type": "songs", "attributes": said}


def test_apple_music_playlists_are_paged_with_the_token(fake):
    path = "/v1/catalog/se/playlists/pl.1"
    tracks = {"data": [apple_song(1, "Lantern", "The Larks")], "next": f"{path}/tracks?offset=100"}
    about = {"name": "Harbour", "description": {"standard": "walks"}}
    fake.routes[path] = {"data": [{"id": "pl.1", "attributes": about, "relationships": {"tracks": tracks}}]}
    fake.routes[f"{path}/tracks"] = {"data": [apple_song(2, "Docks", "Øresund")]}
    settings = OnlineSettings(apple_music_token=SECRET, apple_music_url=fake.url)
    library = fetch(Link("apple-music", "playlist", "pl.1", "se"), settings)
    assert named(library) == ["The Larks - Lantern", "Øresund - Docks"]
    assert only(library, "isrc") == ["SEABC1200001", "SEABC1200002"]
    assert fake.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert fake.asked[1].query == {"offset": "100"}


def test_a_song_of_apple_music_and_what_is_not_there(fake):
    settings = OnlineSettings(apple_music_token=SECRET, apple_music_url=fake.url)
    fake.routes["/v1/catalog/us/songs/5"] = {"data": [apple_song(5, "Lantern", "The Larks")]}
    assert named(fetch(Link("apple-music", "track", "5", "us"), settings)) == ["The Larks - Lantern"]
    with pytest.raises(NotFound, match="no album '6'"):
        fetch(Link("apple-music", "album", "6", "us"), settings)


def test_apple_music_without_a_token_says_which_export_to_bring():
    with pytest.raises(NotAuthorised, match=r"APPLE_MUSIC_TOKEN.*Export Playlist"):
        fetch(Link("apple-music", "playlist", "pl.1", "us"), OnlineSettings())


# -- YouTube -----------------------------------------------------------------------------------------------------


def video(title: str, channel: str | None) -> dict[str, object]:
    owner = {} if channel is None else {"videoOwnerChannelTitle": channel}
    return {"snippet": {"title": title, "channelTitle": "whose list it is", "playlistId": "PL1", **owner}}


def test_youtube_titles_are_read_as_tracks(fake):
    settings = OnlineSettings(youtube_api_key=SECRET, youtube_url=fake.url)
    fake.routes["/youtube/v3/playlists"] = {"items": [{"snippet": {"title": "Harbour"}}]}
    pages = {
        None: {
            "items": [
                video("Lantern", "The Larks - Topic"),
                video("Øresund - Docks (Official Music Video)", "Pier Records"),
                video("Deleted video", None),
            ],
            "nextPageToken": "more",
        },
        "more": {"items": [video("Reeds [Lyrics]", "GullChoirVEVO"), video("Gull Quire – Tide (Live)", "x")]},
    }
    fake.routes["/youtube/v3/playlistItems"] = lambda asked: pages[asked.query.get("pageToken")]
    library = fetch(Link("youtube-music", "playlist", "PL1"), settings)
    assert named(library) == ["The Larks - Lantern", "Øresund - Docks", "GullChoir - Reeds", "Gull Quire - Tide (Live)"]
    assert {one.query["key"] for one in fake.asked} == {SECRET}


def test_one_video_of_youtube(fake):
    settings = OnlineSettings(youtube_api_key=SECRET, youtube_url=fake.url)
    fake.routes["/youtube/v3/videos"] = {
        "items": [{"snippet": {"title": "Lantern", "channelTitle": "The Larks - Topic"}}]
    }
    assert named(fetch(Link("youtube-music", "track", "abcdefghijk"), settings)) == ["The Larks - Lantern"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer({"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}, 403), NotAuthorised),
        (Answer({"error": {"code": 400, "errors": [{"reason": "badRequest"}]}}, 400), NotAuthorised),
        (Answer({"error": {"code": 404, "errors": [{"reason": "playlistNotFound"}]}}, 404), NotFound),
        ({"items": []}, NotFound),
    ],
)
def test_what_youtube_does_not_show_is_said(fake, answer, error):
    settings = OnlineSettings(youtube_api_key=SECRET, youtube_url=fake.url)
    fake.routes["/youtube/v3/playlists"] = answer
    with pytest.raises(error) as caught:
        fetch(Link("youtube-music", "playlist", "PL1"), settings)
    assert SECRET not in str(caught.value)


def test_youtube_without_a_key_says_what_to_bring():
    with pytest.raises(NotAuthorised, match=r"YOUTUBE_API_KEY.*Takeout"):
        fetch(Link("youtube-music", "playlist", "PL1"), OnlineSettings())


# -- ListenBrainz ------------------------------------------------------------------------------------------------


def test_a_listenbrainz_playlist_keeps_its_ids(fake):
    track = {
        "title": "Lantern", "creator": "The Larks", "album": "Days",
        "identifier": [f"https://musicbrainz.org/recording/{MBID}"],
    }  # fmt: skip
    fake.routes[f"/1/playlist/{MBID}"] = {"playlist": {"title": "Harbour", "annotation": "walks", "track": [track]}}
    library = fetch(Link("listenbrainz", "playlist", MBID), OnlineSettings(listenbrainz_url=fake.url))
    assert named(library) == ["The Larks - Lantern"]
    assert only(library, "mbid") == [MBID]
    assert "Authorization" not in fake.asked[0].headers


def test_a_listenbrainz_history_is_paged_back_in_time(fake):
    def page(asked):
        before = int(asked.query.get("max_ts", 1_700_000_004))
        times = [time for time in range(1_700_000_003, 1_700_000_000, -1) if time < before][:2]
        listens = [
            {"listened_at": time, "track_metadata": {"artist_name": "The Larks", "track_name": f"Day {time % 10}"}}
            for time in times
        ]
        return {"payload": {"count": len(listens), "user_id": "some one", "listens": listens}}

    fake.routes["/1/user/some%20one/listens"] = page
    settings = OnlineSettings(listenbrainz_url=fake.url, listenbrainz_token=SECRET)
    library = fetch(Link("listenbrainz", "history", "some one"), settings)
    assert sorted(only(library, "title")) == ["Day 1", "Day 2", "Day 3"]
    assert library.listens["time"].min() == datetime.fromtimestamp(1_700_000_001, UTC)
    assert fake.asked[0].headers["Authorization"] == f"Token {SECRET}"


def test_what_listenbrainz_does_not_have(fake):
    settings = OnlineSettings(listenbrainz_url=fake.url)
    for kind, name in (("playlist", MBID), ("history", "nobody")):
        with pytest.raises(NotFound, match=name):
            fetch(Link("listenbrainz", kind, name), settings)
    fake.routes[f"/1/playlist/{MBID}"] = {"playlist": "none"}
    with pytest.raises(ServiceUnavailable, match="ListenBrainz answers what cannot be read"):
        fetch(Link("listenbrainz", "playlist", MBID), settings)


# -- Last.fm -----------------------------------------------------------------------------------------------------


def test_the_most_played_tracks_of_a_last_fm_user_count_as_often_as_played(fake):
    rows = [
        {"name": "Lantern", "playcount": "3", "artist": {"name": "The Larks", "mbid": MBID}},
        {"name": "Docks", "playcount": "1", "artist": {"name": "Øresund", "mbid": ""}},
    ]
    fake.routes["/2.0/"] = {"toptracks": {"track": rows, "@attr": {"totalPages": "1"}}}
    settings = OnlineSettings(lastfm_api_key=SECRET, lastfm_url=fake.url)
    library = fetch(Link("lastfm", "favourites", "someone"), settings)
    titles = dict(library.tracks.select("track_id", "title").iter_rows())
    plays = {titles[str(key)]: plays for key, plays in library.listens.select("track_id", "plays").iter_rows()}
    assert plays == {"Lantern": 3, "Docks": 1}
    assert fake.asked[0].query["method"] == "user.gettoptracks"


def test_the_last_plays_of_a_last_fm_user_have_times(fake):
    playing = {"name": "Now", "artist": {"#text": "Gull Choir"}, "@attr": {"nowplaying": "true"}}

    def page(asked):
        number = int(asked.query["page"])
        row = {
            "name": f"Day {number}", "artist": {"#text": "The Larks"}, "album": {"#text": "Days"},
            "date": {"uts": str(1_700_000_000 + number)},
        }  # fmt: skip
        return {"recenttracks": {"track": [playing, row], "@attr": {"totalPages": "2", "page": str(number)}}}

    fake.routes["/2.0/"] = page
    settings = OnlineSettings(lastfm_api_key=SECRET, lastfm_url=fake.url)
    library = fetch(Link("lastfm", "history", "someone"), settings)
    assert sorted(only(library, "title")) == ["Day 1", "Day 2"]
    assert library.listens["time"].null_count() == 0


def test_what_last_fm_does_not_show(fake):
    settings = OnlineSettings(lastfm_api_key=SECRET, lastfm_url=fake.url)
    fake.routes["/2.0/"] = Answer({"error": 6, "message": "User not found"}, 404)
    with pytest.raises(NotFound, match="no plays of 'nobody'"):
        fetch(Link("lastfm", "favourites", "nobody"), settings)
    fake.routes["/2.0/"] = {"error": 10, "message": "Invalid API key"}
    with pytest.raises(NotAuthorised, match="LASTFM_API_KEY"):
        fetch(Link("lastfm", "favourites", "someone"), settings)
    with pytest.raises(NotAuthorised, match="get one at"):
        fetch(Link("lastfm", "favourites", "someone"), OnlineSettings())
    with pytest.raises(NotAuthorised, match="no API for playlists"):
        fetch(Link("lastfm", "playlist", "someone"), settings)


def test_settings_come_from_the_environment_and_hide_what_is_secret():
    environment = {"LASTFM_API_KEY": f" {SECRET} ", "LISTENBRAINZ_URL": "http://lb.example", "DEEZER_URL": ""}
    settings = OnlineSettings.from_env(environment)
    assert settings.lastfm_api_key == SECRET
    assert settings.listenbrainz_url == "http://lb.example"
    assert settings.deezer_url == "https://api.deezer.com"
    assert (settings.is_own("listenbrainz_url"), settings.is_own("deezer_url")) == (True, False)
    assert SECRET not in repr(settings) + json.dumps(str(settings))

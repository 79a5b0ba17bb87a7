"""A small good sample of each personal export and playlist format, with invented rows, as in `samples`."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

LANTERN = "spotify:track:" + "L" * 22
DOCKS = "spotify:track:" + "D" * 22
EPISODE = "spotify:episode:" + "E" * 22
RECORDING = "11111111-2222-3333-4444-555555555555"
ARTIST = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def zipped(path: Path, files: dict[str, str | bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def history_row(**changes: Any) -> dict[str, Any]:
    """One play of Spotify's extended history: Lantern, three minutes, ended at 21:03."""
    return {
        "ts": "2021-02-03T21:03:00Z", "ms_played": 180_000, "conn_country": "SE",
        "master_metadata_track_name": "Lantern", "master_metadata_album_artist_name": "The Larks",
        "master_metadata_album_album_name": "Days", "spotify_track_uri": LANTERN, "episode_name": None,
        "episode_show_name": None, "spotify_episode_uri": None, "reason_start": "trackdone", "reason_end": "trackdone",
        "shuffle": False, "skipped": False, "incognito_mode": False,
    } | changes  # fmt: skip


def episode_row(**changes: Any) -> dict[str, Any]:
    return history_row(
        ts="2021-02-04T08:00:00Z", ms_played=600_000, master_metadata_track_name=None,
        master_metadata_album_artist_name=None, master_metadata_album_album_name=None, spotify_track_uri=None,
        episode_name="On Tides", episode_show_name="The Sea Hour", spotify_episode_uri=EPISODE,
    ) | changes  # fmt: skip


HISTORY = "Spotify Extended Streaming History/Streaming_History_Audio_2021_0.json"


def spotify_history(folder: Path) -> Path:
    return zipped(folder / "my_spotify_data.zip", {HISTORY: json.dumps([history_row(), episode_row()], indent=1)})


def account_play(**changes: Any) -> dict[str, Any]:
    played = {"endTime": "2021-02-03 21:03", "artistName": "The Larks", "trackName": "Lantern", "msPlayed": 180_000}
    return played | changes


ACCOUNT_PLAYLISTS = {
    "playlists": [
        {
            "name": "Harbour walks", "lastModifiedDate": "2021-03-04", "description": "by the sea",
            "numberOfFollowers": 0,
            "items": [
                {"track": {"trackName": "Docks", "artistName": "Øresund", "albumName": "Harbour", "trackUri": DOCKS},
                 "episode": None, "localTrack": None, "addedDate": "2021-03-04"},
                {"track": {"trackName": "Lantern", "artistName": "The Larks", "albumName": "Days", "trackUri": LANTERN},
                 "episode": None, "localTrack": None, "addedDate": "2021-03-04"},
            ],
        }
    ]
}  # fmt: skip
ACCOUNT_LIBRARY = {
    "tracks": [{"artist": "The Larks", "album": "Days", "track": "Lantern", "uri": LANTERN}],
    "albums": [],
    "bannedTracks": [{"artist": "Øresund", "album": "Harbour", "track": "Reeds", "uri": "spotify:track:" + "R" * 22}],
    "artists": [{"name": "Øresund", "uri": "spotify:artist:" + "O" * 22}],
    "bannedArtists": [{"name": "Gull Choir", "uri": "spotify:artist:" + "G" * 22}],
}


def spotify_account(folder: Path) -> Path:
    return zipped(
        folder / "my_account_data.zip",
        {
            "Spotify Account Data/StreamingHistory_music_0.json": json.dumps([account_play()]),
            "Spotify Account Data/Playlist1.json": json.dumps(ACCOUNT_PLAYLISTS),
            "Spotify Account Data/YourLibrary.json": json.dumps(ACCOUNT_LIBRARY),
            "Spotify Account Data/Userdata.json": "{}",
        },
    )


def listen(at: Any = 1_612_386_000, title: Any = "Lantern", **more: Any) -> dict[str, Any]:
    return {
        "listened_at": at,
        "track_metadata": {"artist_name": "The Larks", "track_name": title, "release_name": "Days",
                           "additional_info": {"duration_ms": 200_000}} | more,
    }  # fmt: skip


MAPPED = {"mbid_mapping": {"recording_mbid": RECORDING, "artist_mbids": [ARTIST]}}


def json_lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def listenbrainz(folder: Path) -> Path:
    return zipped(
        folder / "listenbrainz_ada.zip",
        {
            "user.json": json.dumps({"user_id": 1, "username": "ada"}),
            "listens/2021/2.jsonl": json_lines(listen(**MAPPED), listen(1_612_386_300, "Reeds")),
            "listens/2020/2.jsonl": json_lines(listen(1_580_760_000, "Docks")),
            "feedback.jsonl": json_lines({"recording_mbid": RECORDING, "score": 1, "created": 1_612_400_000}),
            "pinned_recording.jsonl": "",
        },
    )


SCROBBLES = (
    'The Larks,Days,Lantern,"03 Feb 2021 21:00"\n'
    'Øresund,,"Docks, Again",03 Feb 2021 21:05\n'
    "The Larks,Days,Reeds,01 Jan 1970 00:00\n"
)


def lastfm_csv(folder: Path) -> Path:
    return write(folder / "scrobbles.csv", SCROBBLES)


EXPORTIFY = (
    '"Track URI","Track Name","Album Name","Artist Name(s)","Release Date","Duration (ms)","Popularity","Explicit",'
    '"Added By","Added At","Genres","Record Label","Danceability","Energy","Key","Loudness","Mode","Speechiness",'
    '"Acousticness","Instrumentalness","Liveness","Valence","Tempo","Time Signature"\n'
    f'"{LANTERN}","Lantern","Days","The Larks;Øresund","2019-06-14",200000,40,false,"ada","2021-01-01T00:00:00Z",'
    '"folk","Reed",0.5,0.25,5,-7.5,1,0.05,0.75,0,0.1,0.9,120.5,4\n'
    f'"{DOCKS}","Docks, ""Again""","Harbour","Larks, Gulls & Co","2019",100000,0,true,"ada","2021-01-01T00:00:00Z",'
    '"","",,,,,,,,,,,,\n'
)


def exportify(folder: Path) -> Path:
    return write(folder / "Harbour walks.csv", EXPORTIFY)


M3U = (
    "#EXTM3U\n#PLAYLIST:Harbour walks\n#EXTINF:200,The Larks - Lantern\n#EXTALB:Days\n/music/larks/01 lantern.ogg\n"
    '#EXTINF:-1 tvg-id="x",Øresund - Docks - Live\nhttp://radio.example/docks\n\n../Gull Choir - Reeds.mp3\n'
)


def m3u(folder: Path) -> Path:
    return write(folder / "walks.m3u8", M3U)


XSPF = f"""<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/">
  <title>Harbour walks</title>
  <annotation>by the sea</annotation>
  <date>2021-03-04T05:06:07Z</date>
  <trackList>
    <track>
      <title>Lantern &amp; Light</title><creator>The Larks</creator><album>Days</album><duration>200000</duration>
      <identifier>https://musicbrainz.org/recording/{RECORDING}</identifier>
    </track>
    <track><location>{DOCKS}</location><title>Docks</title><creator>Øresund</creator></track>
  </trackList>
</playlist>
"""


def xspf(folder: Path) -> Path:
    return write(folder / "walks.xspf", XSPF)


JSPF = {
    "playlist": {
        "title": "Harbour walks",
        "annotation": "by the sea",
        "date": "2021-03-04T05:06:07Z",
        "track": [
            {
                "title": "Lantern", "creator": "The Larks & Øresund", "album": "Days", "duration": 200_000,
                "identifier": [f"https://musicbrainz.org/recording/{RECORDING}"],
                "extension": {
                    "https://musicbrainz.org/doc/jspf#track": {
                        "additional_metadata": {
                            "artists": [
                                {"artist_credit_name": "The Larks", "artist_mbid": ARTIST, "join_phrase": " & "},
                                {"artist_credit_name": "Øresund", "artist_mbid": RECORDING, "join_phrase": ""},
                            ]
                        }
                    }
                },
            },
            {"title": "Docks", "creator": "Øresund", "identifier": f"https://musicbrainz.org/recording/{ARTIST}"},
        ],
    }
}  # fmt: skip


def jspf(folder: Path) -> Path:
    return write(folder / "walks.jspf", json.dumps(JSPF, indent=1))


LINES = "1. The Larks - Lantern\n2. Øresund – Docks (Live)\nGull Choir\tReeds\n\nLow Tide by The Larks\n"


def lines(folder: Path) -> Path:
    return write(folder / "walks.txt", LINES)


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "exportify": exportify,
    "jspf": jspf,
    "lastfm-csv": lastfm_csv,
    "lines": lines,
    "listenbrainz": listenbrainz,
    "m3u": m3u,
    "spotify-account": spotify_account,
    "spotify-history": spotify_history,
    "xspf": xspf,
}

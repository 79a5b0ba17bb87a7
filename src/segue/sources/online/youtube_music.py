"""Links to YouTube Music and YouTube, by the YouTube Data API v3 (https://developers.google.com/youtube/v3/docs)."""

from __future__ import annotations

import re
from typing import Any

from segue.library.library import Library
from segue.sources.lines import parse_line
from segue.sources.online.base import (
    MOST_PAGES,
    MOST_TRACKS,
    Address,
    Answer,
    Link,
    LinkService,
    as_playlist,
    mapping,
    none_there,
    objects,
)
from segue.sources.online.http import Client, Fault, NotAuthorised, Service
from segue.sources.online.settings import OnlineSettings
from segue.sources.personal import Mention
from segue.sources.values import text

_HOSTS = ("music.youtube.com", "www.youtube.com", "youtube.com", "m.youtube.com")
_LIST = re.compile(r"[\w-]{2,64}", re.ASCII)
_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_INTERVAL_S = 0.1
# Made for one listener and the moment, which the API does not show: radios, what one likes, and what one will watch.
_PERSONAL = re.compile("RD|LM$|LL$|WL$")
_TOPIC = " - Topic"
_NOISE = re.compile(
    r"\s*[(\[](?:the )?(?:official|lyrics?|audio|visuali[sz]er|music video|video|clip officiel|hd|hq|4k|mv)\b[^)\]]*[)\]]",
    re.IGNORECASE,
)
_GONE = ("Deleted video", "Private video")
_REASONS: dict[object, Fault] = {
    "rateLimitExceeded": "busy", "userRateLimitExceeded": "busy", "backendError": "busy",
    "playlistNotFound": "absent", "videoNotFound": "absent", "quotaExceeded": "refused", "badRequest": "refused",
}  # fmt: skip
EXPORTS = 'bring it as a file: Google Takeout gives playlists as CSV; or paste "Artist - Title" lines'


def recognise(address: Address) -> Link | None:
    """https://music.youtube.com/playlist?list=ID, /watch?v=ID (with a list: the list), and https://youtu.be/ID."""
    video, listed = address.query.get("v", ""), address.query.get("list", "")
    if address.host == "youtu.be" and len(address.parts) == 1:
        video = address.parts[0]
    elif address.host not in _HOSTS or address.parts not in (("playlist",), ("watch",)):
        return None
    if _LIST.fullmatch(listed) and not (_PERSONAL.match(listed) and video):
        return Link("youtube-music", "playlist", listed)
    return Link("youtube-music", "track", video) if _VIDEO.fullmatch(video) else None


def fault(document: Any) -> Fault | None:
    """What the first of the errors says."""
    error = mapping(mapping(document).get("error"))
    reason = next((text(one.get("reason")) for one in objects(error.get("errors"))), None)
    return _REASONS.get(reason)


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """The videos of a public playlist, or one video, as tracks: by their titles and channels."""
    if not settings.youtube_api_key:
        raise NotAuthorised(f"YouTube links need a key of the YouTube Data API in YOUTUBE_API_KEY; or {EXPORTS}")
    service = Service(
        "YouTube", settings.youtube_url, _INTERVAL_S, fault, {"key": settings.youtube_api_key},
        hint=f"it may be private, or YOUTUBE_API_KEY is wrong or used up for today; else {EXPORTS}",
    )  # fmt: skip
    with Client(service, contact=settings.contact) as client:
        path = "youtube/v3/videos" if link.kind == "track" else "youtube/v3/playlists"
        found = mapping(client.get(path, {"part": "snippet", "id": link.id}))
        about = next(iter(objects(found.get("items"))), None)
        if about is None:
            raise none_there("YouTube", link)
        rows = [about] if link.kind == "track" else _all(client, link.id)
    snippets = [mapping(row.get("snippet")) for row in rows]
    tracks = [track for said in snippets if (track := _mention(said)) is not None]
    head = mapping(about.get("snippet"))
    return as_playlist(
        "youtube-music", Answer(text(head.get("title")) or link.id, tracks, text(head.get("description")))
    )


def _all(client: Client, playlist_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    asked: dict[str, str | int] = {"part": "snippet", "playlistId": playlist_id, "maxResults": 50}
    for _ in range(MOST_PAGES):
        page = mapping(client.get("youtube/v3/playlistItems", asked))
        rows += objects(page.get("items"))
        following = page.get("nextPageToken")
        if not isinstance(following, str) or len(rows) >= MOST_TRACKS:
            break
        asked["pageToken"] = following
    return rows


def _mention(said: dict[str, Any]) -> Mention | None:
    """The track that a video's title and channel speak of; None where the video is gone."""
    title = text(said.get("title"))
    channel = text(said.get("videoOwnerChannelTitle") or (None if "playlistId" in said else said.get("channelTitle")))
    if title is None or title in _GONE:
        return None
    # YouTube makes a channel for each artist, with the songs as their labels deliver them.
    if channel and channel.endswith(_TOPIC):
        return Mention(title, (channel.removesuffix(_TOPIC),))
    plain = text(_NOISE.sub("", title)) or title
    line = parse_line(plain, by=False)
    if line is not None and line.artist:
        return Mention(line.title, (line.artist,))
    return Mention(plain, tuple(filter(None, [text((channel or "").removesuffix("VEVO"))])))


SERVICE = LinkService("youtube-music", "YouTube Music", recognise, fetch)

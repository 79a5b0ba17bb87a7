"""Links to ListenBrainz, whose API speaks what the readers of JSPF and of its exports read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from segue.errors import BadFile, NotFound
from segue.library.library import Library
from segue.sources.base import Rejects
from segue.sources.online.base import Address, Link, LinkService, mapping, none_there, objects
from segue.sources.online.http import Client, Service, ServiceUnavailable
from segue.sources.online.settings import OnlineSettings
from segue.sources.registry import readers
from segue.sources.values import mbid, whole

_HOSTS = ("listenbrainz.org", "www.listenbrainz.org", "beta.listenbrainz.org")
_NAME = re.compile(r"(?!\.+$)[^/\\]{1,64}")
_INTERVAL_S = 0.2
_AT_ONCE, _MOST_LISTENS = 1_000, 5_000


def recognise(address: Address) -> Link | None:
    """https://listenbrainz.org/playlist/MBID, and /user/NAME for what someone listened to."""
    if address.host not in _HOSTS or len(address.parts) < 2:
        return None
    what, name = address.parts[:2]
    if what == "playlist" and mbid(name) == name.lower():
        return Link("listenbrainz", "playlist", name.lower())
    return Link("listenbrainz", "history", name) if what == "user" and _NAME.fullmatch(name) else None


def fetch(link: Link, settings: OnlineSettings) -> Library:
    """A playlist, or the last 5,000 listens of a listener."""
    token = settings.listenbrainz_token
    service = Service(
        "ListenBrainz", settings.listenbrainz_url, _INTERVAL_S,
        secret_headers={"Authorization": f"Token {token}"} if token else {}, hint="set LISTENBRAINZ_TOKEN",
    )  # fmt: skip
    with Client(service, contact=settings.contact) as client:
        if link.kind == "playlist":
            found = client.get(f"1/playlist/{link.id}")
            if found is None:
                raise none_there("ListenBrainz", link)
            return _read("jspf", "playlist.jspf", json.dumps(found))
        listens = _listens(client, link)
    return _read("listenbrainz", "listens.jsonl", "\n".join(map(json.dumps, listens)))


def _listens(client: Client, link: Link) -> list[dict[str, Any]]:
    listens: list[dict[str, Any]] = []
    asked: dict[str, str | int] = {"count": _AT_ONCE}
    while len(listens) < _MOST_LISTENS:
        found = client.get(f"1/user/{quote(link.id, safe='')}/listens", asked)
        if found is None:
            raise NotFound(f"ListenBrainz has no listener {link.id!r}")
        page = objects(mapping(found.get("payload")).get("listens"))
        times = [time for one in page if (time := whole(one.get("listened_at")))]
        if not times or min(times) == asked.get("max_ts"):
            break
        listens += page
        asked["max_ts"] = min(times)
    if not listens:
        raise NotFound(f"ListenBrainz has no listens of {link.id!r}")
    return listens


def _read(format_name: str, name: str, content: str) -> Library:
    """What the reader of that format makes of an answer."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(content, encoding="utf-8")
        try:
            return readers()[format_name].read(path, Rejects())
        except BadFile as error:
            why = str(error).partition(": ")[2]
            raise ServiceUnavailable(f"ListenBrainz answers what cannot be read: {why}") from None


SERVICE = LinkService("listenbrainz", "ListenBrainz", recognise, fetch)

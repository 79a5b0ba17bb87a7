"""A ListenBrainz export: a zip (or its folder) with listens/<year>/<month>.jsonl, or one file of JSON lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.errors import BadFile
from segue.library.library import Library
from segue.sources.archives import Member, base_name, decoded, holds, json_rows, members
from segue.sources.base import Rejects
from segue.sources.personal import Collection, Mention
from segue.sources.values import isrc, mbid, moment, spotify_uri, text, texts, whole

_LISTENS = re.compile(r"(?:.*/)?listens(?:/\d{4}/\d{1,2})?\.jsonl", re.IGNORECASE)
_FEEDBACK = "feedback.jsonl"
_KINDS = {1: "like", -1: "dislike"}

Row = dict[str, Any]


def _wanted(inner: str) -> bool:
    return _LISTENS.fullmatch(inner) is not None or base_name(inner).lower() == _FEEDBACK


@dataclass(frozen=True)
class ListenBrainz:
    """Reads listens and, as likes and dislikes, feedback."""

    title: str = "ListenBrainz export (zip, folder or JSON lines)"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is such a zip or folder, or JSON with its field names."""
        if holds(path, head, lambda inner: _LISTENS.fullmatch(inner) is not None):
            return True
        start = decoded(head[:8192]).lstrip()
        return start.startswith(("{", "[")) and '"track_metadata"' in start and (
            '"listened_at"' in start or '"score"' in start
        )  # fmt: skip

    def read(self, path: Path, rejects: Rejects) -> Library:
        """Plays and feedback of one listener. Raises `BadFile` when there are none."""
        found = Collection("listenbrainz")
        by_mbid: dict[str, Mention] = {}
        for member, number, row in _listens_first(members(path, _wanted, rejects), rejects):
            if (why := _note(found, row, by_mbid)) is not None:
                rejects.add(member.name, number, why)
        if not found:
            raise BadFile(f"{path}: no listens of a ListenBrainz export could be read")
        return found.library()


def _listens_first(files: Iterator[Member], rejects: Rejects) -> Iterator[tuple[Member, int, Row]]:
    """All rows, feedback last: it names recordings by ids only, which listens give names."""
    feedback = []
    for member in files:
        if base_name(member.inner).lower() == _FEEDBACK:
            feedback.append(member)
            continue
        yield from ((member, number, row) for number, row in json_rows(member, rejects))
    for member in feedback:
        yield from ((member, number, row) for number, row in json_rows(member, rejects))


def _note(found: Collection, row: Row, by_mbid: dict[str, Mention]) -> str | None:
    """Note one listen or one feedback; or why it is neither."""
    track = _mention(row)
    if "score" in row:
        recording = mbid(row.get("recording_mbid"))
        track = track or by_mbid.get(recording or "")
        if track is None:
            return f"is feedback on a recording that no listen names: {recording or row.get('recording_msid')}"[:120]
        if row["score"] in _KINDS and not isinstance(row["score"], bool):
            found.feedback(track, _KINDS[row["score"]], moment(row.get("created")))
        return None
    if track is None:
        return "names no track"
    time = moment(row.get("listened_at"))
    if time is None:
        return f"has no time in listened_at: {row.get('listened_at')!r}"[:100]
    if track.mbid:
        by_mbid.setdefault(track.mbid, track)
    found.play(track, time)
    return None


def _dict(value: object) -> Row:
    return value if isinstance(value, dict) else {}


def _mention(row: Row) -> Mention | None:
    said = _dict(row.get("track_metadata"))
    title, credit = text(said.get("track_name")), text(said.get("artist_name"))
    if title is None:
        return None
    more, mapped = _dict(said.get("additional_info")), _dict(said.get("mbid_mapping"))
    artists = mapped.get("artists")
    names = [text(_dict(artist).get("artist_credit_name")) for artist in artists] if isinstance(artists, list) else []
    mbids = tuple(filter(None, map(mbid, texts(mapped.get("artist_mbids") or more.get("artist_mbids")))))
    seconds = whole(more.get("duration"))
    return Mention(
        title,
        tuple(name for name in names if name) if names and all(names) else tuple(filter(None, [credit])),
        text(said.get("release_name")),
        spotify_uri(more.get("spotify_id")),
        mbid(mapped.get("recording_mbid")) or mbid(more.get("recording_mbid")),
        isrc(more.get("isrc")),
        whole(more.get("duration_ms")) or (whole(seconds * 1000) if seconds else None),
        artist_mbids=mbids,
        release_mbid=mbid(mapped.get("release_mbid")) or mbid(more.get("release_mbid")),
    )


SOURCE = ListenBrainz()

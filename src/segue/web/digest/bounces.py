"""Letters that came back: delivery reports (RFC 3464), read from a file or folder that the operator's mail server fills.

A report counts where it says that delivery failed for good, and returns the headers of a letter of ours: its Message-ID is not
to be guessed, so nobody can make up a report to end somebody else's letters.
"""

from __future__ import annotations

import email
import mailbox
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path

from segue.errors import BadFile
from segue.web import clock
from segue.web.digest.joining import pause_if_given_up
from segue.web.digest.models import Letter

MOST_BYTES = 10 * 1024 * 1024
"""A longer message is no delivery report."""
_CAME_BACK = ("sent", "handed", "unsure")


@dataclass
class Read:
    """What was read: messages, reports of letters of ours that failed for good, of these the new ones, and who was paused."""

    messages: int = 0
    reports: int = 0
    new: int = 0
    paused: int = 0

    def as_dict(self) -> dict[str, int]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Failure:
    """A letter that did not arrive, by its Message-ID, and what the report says of it."""

    message_id: str
    said: str


def read(path: Path) -> Read:
    """Read a mailbox file (mbox), a Maildir, or a folder of messages; whatever is in it stays. Raises `BadFile`."""
    found = Read()
    for message in _messages(path):
        found.messages += 1
        failure = _readable(message)
        if failure is None:
            continue
        letter = Letter.objects.filter(message_id=failure.message_id).first()
        if letter is None:
            continue
        found.reports += 1
        came_back = {"state": "bounced", "problem": failure.said[:500], "ended_ms": clock.now_ms()}
        if Letter.objects.filter(pk=letter.pk, state__in=_CAME_BACK).update(**came_back):
            found.new += 1
            found.paused += pause_if_given_up(letter.listener_id)
    return found


def _readable(data: bytes) -> Failure | None:
    """`failure_in`; None for a message that is nested deeper than can be read: nobody may keep us from reading the others."""
    try:
        return failure_in(email.message_from_bytes(data))
    except RecursionError:
        return None


def failure_in(message: Message) -> Failure | None:
    """The failure that a message reports; None where it reports none, or only a delay."""
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") != "delivery-status":
        return None
    said, message_id = None, ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            said = said or _failed(part)
        elif (
            kind in ("message/rfc822", "text/rfc822-headers", "message/global-headers", "message/global")
            and not message_id
        ):
            message_id = _returned(part)
    return Failure(message_id, said) if said and message_id else None


def _failed(part: Message) -> str | None:
    """What the report says of a recipient for whom it failed for good. Its blocks of fields are messages within it."""
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        action, status = str(block.get("Action", "")).strip().lower(), str(block.get("Status", "")).strip()
        if action == "failed" and status.startswith("5"):
            said = " ".join(str(block.get("Diagnostic-Code", "")).replace("\0", "").split())
            return f"{status} {said}".strip()
    return None


def _returned(part: Message) -> str:
    """The Message-ID of the letter that a report returns, whole or its headers."""
    inside = part.get_payload()
    if isinstance(inside, list):
        returned: Message = inside[0] if inside and isinstance(inside[0], Message) else Message()
    else:
        text = part.get_payload(decode=True)
        returned = email.message_from_bytes(text if isinstance(text, bytes) else b"")
    return str(returned.get("Message-ID", "")).replace("\0", "").strip()[:200]


def _messages(path: Path) -> Iterator[bytes]:
    if not path.exists():
        raise BadFile(f"{path}: there is no such file or folder")
    if path.is_file():
        yield from _in_mbox(path)
    else:
        folders = [path / name for name in ("new", "cur")]
        files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
        for file in files if any(folder.is_dir() for folder in folders) else sorted(path.iterdir()):
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                yield file.read_bytes()


def _in_mbox(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        start = file.read(5)
    if start != b"From ":
        if start:
            raise BadFile(f"{path}: is no mailbox file (mbox): its first line must begin with 'From '")
        return
    with closing(mailbox.mbox(path, create=False)) as box:
        for key in box.iterkeys():
            with closing(box.get_file(key)) as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) <= MOST_BYTES:
                yield data

"""Handing letters to a mail server, many over one connection, each with a word said right before it counts.

SMTP takes responsibility for a message when it answers 250 to the dot that ends it (RFC 5321, 4.1.1.4 and 6.1); a message whose
dot never came must not be delivered. So whoever sends is asked one last time between the text and the dot (`going`).
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Protocol, Self

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from segue.web.digest.writing import POLICY

_DATA_FOLLOWS, _GOES_AWAY = 354, 421


class Refused(Exception):
    """The server refuses this letter; `for_good`: it would refuse it again (5xx)."""

    def __init__(self, said: str, *, for_good: bool) -> None:
        super().__init__(said)
        self.for_good = for_good


class Unreachable(Exception):
    """The server cannot be reached, went away before the letter ended, or said that it goes (421): it has not got it."""


class NoAnswer(Exception):
    """The letter ended, and the server went away before it answered: it may have got it, or not."""


class Post(Protocol):
    """Takes letters."""

    def hand_over(self, letter: EmailMessage, source: str, to: str, going: Callable[[], None]) -> int:
        """Hand over a letter; its size in bytes.

        `going` is called when all but the last byte has been sent; what it raises keeps the letter from being one. Raises
        `Refused`, `Unreachable` and `NoAnswer`.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


def post() -> Post:
    """The mail server of the settings; without one, letters become files in the home."""
    backend = get_connection()
    return SmtpPost(backend) if isinstance(backend, EmailBackend) else FilePost()


class SmtpPost:
    """One connection to a mail server, opened when the first letter comes and again where it was lost."""

    def __init__(self, backend: EmailBackend) -> None:
        self._backend = backend

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._backend.close()

    def hand_over(self, letter: EmailMessage, source: str, to: str, going: Callable[[], None]) -> int:
        """See `Post`."""
        data = _dotted(letter.as_bytes(policy=POLICY))
        try:
            client = self._client()
            _taken_from(client, source)
            _check(*client.rcpt(_by_wire(to)))
            _check(*client.docmd("DATA"), expected=_DATA_FOLLOWS)
            client.send(data)
        except (OSError, smtplib.SMTPException) as error:  # what smtplib raises is an OSError, too
            self._drop()
            raise Unreachable(_said(error)) from error
        try:
            going()
        except BaseException:
            self._drop()  # a message that never ended is none
            raise
        try:
            client.send(b".\r\n")
            code, said = client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise NoAnswer(_said(error)) from error
        try:
            _check(code, said)
        except smtplib.SMTPServerDisconnected as error:
            self._drop()
            raise (Unreachable if code == _GOES_AWAY else NoAnswer)(_said(error)) from error
        return len(data)

    def _client(self) -> smtplib.SMTP:
        """The connection, if it still holds: servers close it after so many letters, or some minutes."""
        if self._backend.connection is not None:
            try:
                if self._backend.connection.rset()[0] == 250:
                    return self._backend.connection
            except (OSError, smtplib.SMTPException):
                pass
            self._drop()
        self._backend.open()
        assert self._backend.connection is not None
        return self._backend.connection

    def _drop(self) -> None:
        """Close without a word: a `QUIT` may wait for a server that is gone."""
        connection, self._backend.connection = self._backend.connection, None
        if connection is not None:
            connection.close()


class FilePost:
    """Letters by another of Django's backends: files in the home, each letter one of its own."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing is open."""

    def hand_over(self, letter: EmailMessage, source: str, to: str, going: Callable[[], None]) -> int:
        """See `Post`."""
        going()
        sent: Any = _Made(letter, source, [to])
        get_connection().send_messages([sent])
        return len(letter.as_bytes(policy=POLICY))


@dataclass(frozen=True)
class _Made:
    """As much of Django's messages as its backends ask for."""

    made: EmailMessage
    from_email: str
    to: list[str]

    def message(self) -> EmailMessage:
        return self.made

    def recipients(self) -> list[str]:
        return self.to


def _check(code: int, said: bytes | str, expected: int = 250) -> None:
    if code == expected or (expected == 250 and code == 251):  # 251: it is sent on
        return
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    if code == _GOES_AWAY or code < 400:
        raise smtplib.SMTPServerDisconnected(f"{code} {text}")
    raise Refused(f"{code} {text}"[:500], for_good=code >= 500)


def _taken_from(client: smtplib.SMTP, source: str) -> None:
    """Say who it is from. A server that refuses that, or wants us to sign in first, says nothing of whom it is for."""
    try:
        _check(*client.mail(_by_wire(source)))
    except Refused as refused:
        raise Refused(str(refused), for_good=False) from None


def _by_wire(address: str) -> str:
    """An address as SMTP takes it: of its domain, letters beyond ASCII are written by IDNA."""
    name, _, domain = address.rpartition("@")
    try:
        return f"{name.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise Refused("The address has letters that mail cannot carry.", for_good=True) from None


def _dotted(data: bytes) -> bytes:
    """The text as DATA takes it: lines end with CR LF, and one that begins with a dot has another before it."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    return re.sub(rb"(?m)^\.", b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]

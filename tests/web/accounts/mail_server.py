"""A mail server on this machine, that leaves nothing open when it stops."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP


class _Post:
    """Takes letters in."""

    def __init__(self, received: list) -> None:
        self.received = received

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class MailServer:
    """Puts letters into a list until it is stopped; `check` is aiosmtpd's authenticator."""

    def __init__(
        self, received: list, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, check: Callable | None = None
    ) -> None:
        self.handler, self.host = _Post(received), host
        self.more = {"tls_context": tls, "authenticator": check, "auth_require_tls": False, "hostname": "mail.example"}
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        assert self._ready.wait(10)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop, self._over, made = loop, asyncio.Event(), []

        def speak() -> SMTP:
            made.append(SMTP(self.handler, loop=loop, **self.more))
            return made[-1]

        server = await loop.create_server(speak, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for one in made:
            for transport in (one.transport, getattr(one, "_original_transport", None)):
                if transport is not None:
                    transport.abort()
        await asyncio.sleep(0.01)  # what was aborted hears of it

    def stop(self) -> None:
        """Close every connection, and wait until that is done."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

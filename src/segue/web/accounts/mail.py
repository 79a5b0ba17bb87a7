"""Letters by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from typing import Any

import structlog
from django.core.mail.backends.smtp import EmailBackend

from segue.web.accounts.addresses import is_loopback

log = structlog.get_logger()


class Upgrading(smtplib.SMTP):
    """Turns to TLS where the server can, before anything is said; without it, speaks to this machine only.

    Raises `smtplib.SMTPException` where a server elsewhere has no TLS: neither a password nor a letter goes there in clear.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        assert self.sock is not None
        here = is_loopback(self.sock.getpeername()[0])
        self.ehlo_or_helo_if_needed()
        if self.has_extn("starttls"):
            context = ssl.create_default_context()
            if here:  # nobody listens in between, and a server on this machine has a certificate of its own making
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.starttls(context=context)
        elif not here:
            self.close()
            problem = f"the mail server {args[0]} offers no TLS: nothing was sent; name one that does in EMAIL_URL"
            log.error("mail_server_without_tls", problem=problem)
            raise smtplib.SMTPException(problem)


class SmtpBackend(EmailBackend):
    """Upgrades to TLS where the server can."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """What speaks to the server."""
        return smtplib.SMTP_SSL if self.use_ssl else Upgrading

"""Letters by SMTP."""

from django.core.mail.backends.smtp import EmailBackend


class SmtpBackend(EmailBackend):
    """Upgrades to TLS where the server can."""

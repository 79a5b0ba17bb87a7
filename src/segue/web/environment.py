"""Every environment variable the service reads: its type, default and meaning. Nothing else reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from segue.errors import BadSetting

Kind = Literal["text", "number", "flag", "list"]


@dataclass(frozen=True)
class Variable:
    """One environment variable.

    Attributes:
        name: as it is set.
        kind: text, number (0 or more), flag (1 or 0), or list (separated by commas).
        default: what holds when it is not set, as text.
        meaning: one or two sentences, for the documentation.
        group: the heading it stands under.
        secret: whether its value must never be shown.
    """

    name: str
    kind: Kind
    default: str
    meaning: str
    group: str
    secret: bool = False


def _of(group: str, *variables: tuple) -> list[Variable]:
    return [Variable(name, kind, default, meaning, group, *more) for name, kind, default, meaning, *more in variables]


VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        *_of(
            "Where things are",
            ("SEGUE_HOME", "text", "", "The folder that holds everything Segue writes; empty: the user data folder."),
            ("SEGUE_URL", "text", "http://localhost:8000",
             "The address under which people reach the service. With https, cookies are sent over https only."),
            ("DATABASE_URL", "text", "", "The database, as `postgresql://user@host/name`; empty: SQLite in the home.", True),
            ("REDIS_URL", "text", "",
             "Redis for cache, sessions, limits and jobs, as `redis://host:6379/0`; empty: the database and files do.", True),
            ("SEGUE_TRUSTED_PROXIES", "number", "0",
             "How many reverse proxies stand before the service: as many addresses of X-Forwarded-For are believed."),
        ),
        *_of(
            "Accounts",
            ("SEGUE_SECRET_KEY", "text", "", "Signs sessions and links; empty: made once and kept in the home.", True),
            ("SEGUE_SIGNUP", "flag", "1", "Whether people may sign up by themselves."),
            ("SEGUE_SINGLE_USER", "flag", "0",
             "One listener without signing in. Answers requests from this machine only; `segue serve --single-user` sets it."),
            ("SEGUE_SESSION_IDLE_HOURS", "number", "336", "A session ends when nothing was asked for so many hours."),
            ("SEGUE_SESSION_DAYS", "number", "90", "A session ends after so many days, whatever was asked."),
        ),
        *_of(
            "Mail",
            ("EMAIL_URL", "text", "",
             "The mail server, as `smtp://user:password@host:587` (`smtp` upgrades to TLS where the server can, `smtps` begins"
             " with it). Empty: letters are kept as files in the home, and addresses need no confirmation.", True),
            ("SEGUE_MAIL_FROM", "text", "Segue <segue@localhost>", "The sender of letters."),
        ),
        *_of(
            "Sign-in with other services",
            ("SEGUE_GOOGLE_CLIENT_ID", "text", "", "Sign-in with Google: the client's id; empty: not offered."),
            ("SEGUE_GOOGLE_CLIENT_SECRET", "text", "", "And its secret.", True),
            ("SEGUE_SPOTIFY_CLIENT_ID", "text", "", "Sign-in with Spotify: the client's id; empty: not offered."),
            ("SEGUE_SPOTIFY_CLIENT_SECRET", "text", "", "And its secret.", True),
            ("SEGUE_GITHUB_CLIENT_ID", "text", "", "Sign-in with GitHub: the client's id; empty: not offered."),
            ("SEGUE_GITHUB_CLIENT_SECRET", "text", "", "And its secret.", True),
            ("SEGUE_OIDC_URL", "text", "",
             "Sign-in with any OpenID Connect provider: its address (of `/.well-known/openid-configuration`); empty: not offered."),
            ("SEGUE_OIDC_NAME", "text", "OpenID", "What the provider is called on the button."),
            ("SEGUE_OIDC_CLIENT_ID", "text", "", "The client's id there."),
            ("SEGUE_OIDC_CLIENT_SECRET", "text", "", "And its secret.", True),
        ),
        *_of(
            "Limits",
            ("SEGUE_RATE_LIMIT", "number", "600",
             "Requests of the API that one account may make in a minute; 0: as many as it likes."),
            ("SEGUE_RATE_LIMIT_COSTLY", "number", "30",
             "Requests that cost much (imports, exports) that one account may make in a minute; 0: as many as it likes."),
            ("SEGUE_MAX_UPLOAD_MB", "number", "512", "The largest file that may be imported, in MB."),
        ),
        *_of(
            "Running it",
            ("SEGUE_WORKERS", "number", "0", "Processes that answer requests; 0: one for each core. `segue serve` sets it."),
            ("SEGUE_METRICS_TOKEN", "text", "",
             "Who sends it as a bearer token may read /metrics; without it, only requests from this machine may.", True),
            ("PROMETHEUS_MULTIPROC_DIR", "text", "",
             "Where the processes put what they count for /metrics. `segue serve` sets it; empty: each counts for itself."),
            ("SEGUE_LOG_LEVEL", "text", "INFO", "What is logged: DEBUG, INFO, WARNING or ERROR."),
            ("SEGUE_SNAPSHOT_CHECK_S", "number", "5", "How often a process looks whether there is a new snapshot, in seconds."),
            ("SEGUE_DEBUG", "flag", "0", "Tracebacks on error pages; for development only."),
        ),
    )
}  # fmt: skip


def text(name: str) -> str:
    """The value of a variable, or its default. Raises `KeyError` for a variable that is not in `VARIABLES`."""
    variable = VARIABLES[name]
    return os.environ.get(name, "").strip() or variable.default


def number(name: str) -> int:
    """The value of a number. Raises `BadSetting` for what is no whole number of 0 or more."""
    value = text(name)
    if not value.isdecimal():
        raise BadSetting(f"{name} must be a whole number of 0 or more, not {value!r}")
    return int(value)


def flag(name: str) -> bool:
    """Whether a flag is set. Raises `BadSetting` for what is neither yes nor no."""
    value = text(name).lower()
    if value not in {"0", "1", "no", "yes", "false", "true", "off", "on"}:
        raise BadSetting(f"{name} must be 1 or 0, not {value!r}")
    return value in {"1", "yes", "true", "on"}

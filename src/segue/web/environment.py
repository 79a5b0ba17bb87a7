"""Every environment variable that Segue reads, with its default and meaning; `docs/settings.md` is made of them.

The service reads its own through the functions below, and nowhere else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
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
        example: a value, as it may look.
        secret: whether its value must never be shown.
    """

    name: str
    kind: Kind
    default: str
    meaning: str
    group: str
    example: str
    secret: bool = False


def _of(group: str, *variables: tuple) -> list[Variable]:
    return [Variable(name, kind, default, meaning, group, *more) for name, kind, default, meaning, *more in variables]


_ADDRESSES = (
    ("LISTENBRAINZ_URL", "https://api.listenbrainz.org", "ListenBrainz"),
    ("MUSICBRAINZ_URL", "https://musicbrainz.org", "MusicBrainz"),
    ("LASTFM_URL", "https://ws.audioscrobbler.com", "Last.fm"),
    ("SPOTIFY_URL", "https://api.spotify.com", "Spotify"),
    ("SPOTIFY_ACCOUNTS_URL", "https://accounts.spotify.com", "Spotify for a token"),
    ("DEEZER_URL", "https://api.deezer.com", "Deezer"),
    ("APPLE_MUSIC_URL", "https://api.music.apple.com", "Apple Music"),
    ("YOUTUBE_URL", "https://www.googleapis.com", "YouTube"),
)
"""Read by `segue.sources.online`, which knows nothing of the service; a test holds the two together."""

VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        *_of(
            "Where things are",
            ("SEGUE_HOME", "text", "",
             "The folder that holds everything Segue writes; empty: the user data folder. `--home` goes before it.",
             "/srv/segue"),
            ("SEGUE_URL", "text", "http://localhost:8000",
             "The address under which people reach the service. With https, cookies are sent over https only. Where it is not set,"
             " `segue serve` takes its own port.", "https://music.example.org"),
            ("DATABASE_URL", "text", "", "The database, PostgreSQL or SQLite; empty: SQLite in the home.",
             "postgresql://segue:password@db.example.org:5432/segue", True),
            ("REDIS_URL", "text", "", "Redis for cache, sessions, limits and jobs; empty: the database and files do.",
             "redis://localhost:6379/0", True),
            ("SEGUE_MUSIC_FOLDERS", "list", "",
             "Folders of music files that a job looks through each night, as `segue scan` does; empty: none.",
             "/srv/music,/srv/more"),
            ("SEGUE_TRUSTED_PROXIES", "number", "0",
             "How many reverse proxies stand before the service: as many addresses of X-Forwarded-For are believed.", "1"),
        ),
        *_of(
            "Accounts",
            ("SEGUE_SECRET_KEY", "text", "",
             "Signs sessions and links, and tells who was erased. Empty: made once and kept in the home.",
             "a-long-random-text", True),
            ("SEGUE_SIGNUP", "flag", "1", "Whether people may sign up by themselves.", "0"),
            ("SEGUE_SINGLE_USER", "flag", "0",
             "One listener without signing in. Answers requests from this machine only; `segue serve --single-user` sets it.", "1"),
            ("SEGUE_SESSION_IDLE_HOURS", "number", "336", "A session ends when nothing was asked for so many hours.", "24"),
            ("SEGUE_SESSION_DAYS", "number", "90", "A session ends after so many days, whatever was asked.", "30"),
        ),
        *_of(
            "Mail",
            ("EMAIL_URL", "text", "",
             "The mail server (`smtp` upgrades to TLS where the server can, `smtps` begins with it). Empty: letters are kept as"
             " files in the home, and addresses need no confirmation.", "smtp://user:password@mail.example.org:587", True),
            ("SEGUE_MAIL_FROM", "text", "Segue <segue@localhost>", "The sender of letters.", "Segue <segue@example.org>"),
            ("SEGUE_MAIL_PER_MINUTE", "number", "300",
             "Weekly letters that go out in a minute; 0: as many as the mail server takes.", "60"),
            ("SEGUE_DIGEST_HOUR", "number", "8",
             "The hour of Monday, by each listener's own clock, from which the weekly letter comes: 0 to 23.", "7"),
        ),
        *_of(
            "Sign-in with other services",
            ("SEGUE_GOOGLE_CLIENT_ID", "text", "", "Sign-in with Google: the client's id; empty: not offered.",
             "1234-abcd.apps.googleusercontent.com"),
            ("SEGUE_GOOGLE_CLIENT_SECRET", "text", "", "And its secret.", "GOCSPX-…", True),
            ("SEGUE_SPOTIFY_CLIENT_ID", "text", "", "Sign-in with Spotify: the client's id; empty: not offered.",
             "0123456789abcdef0123456789abcdef"),
            ("SEGUE_SPOTIFY_CLIENT_SECRET", "text", "", "And its secret.", "0123456789abcdef0123456789abcdef", True),
            ("SEGUE_GITHUB_CLIENT_ID", "text", "", "Sign-in with GitHub: the client's id; empty: not offered.", "Ov23li…"),
            ("SEGUE_GITHUB_CLIENT_SECRET", "text", "", "And its secret.", "0123456789abcdef0123456789abcdef01234567", True),
            ("SEGUE_OIDC_URL", "text", "",
             "Sign-in with any OpenID Connect provider: its address (of `/.well-known/openid-configuration`); empty: not offered.",
             "https://login.example.org"),
            ("SEGUE_OIDC_NAME", "text", "OpenID", "What the provider is called on the button.", "Example login"),
            ("SEGUE_OIDC_CLIENT_ID", "text", "", "The client's id there.", "segue"),
            ("SEGUE_OIDC_CLIENT_SECRET", "text", "", "And its secret.", "a-long-random-text", True),
        ),
        *_of(
            "Limits",
            ("SEGUE_RATE_LIMIT", "number", "600",
             "Requests of the API that one account may make in a minute; 0: as many as it likes.", "1200"),
            ("SEGUE_RATE_LIMIT_COSTLY", "number", "30",
             "Requests that cost much (imports, exports, pasted playlists) that one account may make in a minute; 0: as many as it"
             " likes.", "10"),
            ("SEGUE_MAX_UPLOAD_MB", "number", "512", "The largest file that may be imported, in MB.", "100"),
        ),
        *_of(
            "Running it",
            ("SEGUE_WORKERS", "number", "0",
             "Processes that answer requests; `segue serve` sets it as `--workers` says.", "4"),
            ("SEGUE_METRICS_TOKEN", "text", "",
             "Who sends it as a bearer token may read /metrics; without it, only requests from this machine may.",
             "a-long-random-text", True),
            ("PROMETHEUS_MULTIPROC_DIR", "text", "",
             "Where the processes put what they count for /metrics. `segue serve` sets it to `metrics` in the home.",
             "/srv/segue/metrics"),
            ("SEGUE_LOG_LEVEL", "text", "INFO", "What is logged: DEBUG, INFO, WARNING or ERROR.", "WARNING"),
            ("SEGUE_SNAPSHOT_CHECK_S", "number", "5",
             "How often a process looks whether there is a new snapshot, in seconds.", "60"),
            ("SEGUE_CLOCK_FILE", "text", "",
             "A file with the milliseconds by which the service's clock is ahead: for rehearsals (`segue simulate --site`), only"
             " where SEGUE_URL is this machine.", "/srv/rehearsal/clock"),
            ("SEGUE_DEBUG", "flag", "0", "Tracebacks on error pages; for development only.", "1"),
            ("DJANGO_SETTINGS_MODULE", "text", "segue.web.settings", "The module of Django's settings; leave it as it is.",
             "segue.web.settings"),
            ("OPENBLAS_NUM_THREADS", "number", "1",
             "Threads for sums in one process of `segue serve`, which answers requests side by side by processes.", "2"),
            ("OMP_NUM_THREADS", "number", "1", "The same.", "2"),
            ("POLARS_MAX_THREADS", "number", "1", "The same.", "2"),
        ),
        *_of(
            "How long things are kept",
            ("SEGUE_KEEP_EXPOSURES_DAYS", "number", "90",
             "What was recommended to whom, and what came of it, is deleted after so many days; 0: never.", "30"),
            ("SEGUE_KEEP_SEARCHES_DAYS", "number", "365", "So are searches.", "90"),
            ("SEGUE_KEEP_JOBS_DAYS", "number", "90", "And jobs that have ended, with their logs.", "30"),
            ("SEGUE_KEEP_SNAPSHOTS", "number", "7",
             "So many of the newest snapshots are kept, and the one in use; 0: all of them.", "3"),
        ),
        *_of(
            "Services that are asked",
            ("SEGUE_CONTACT", "text", "",
             "An address at which a service can reach whoever runs this; MusicBrainz asks for one.", "you@example.org"),
            ("LASTFM_API_KEY", "text", "", "Last.fm, for `segue enrich` and links: https://www.last.fm/api/account/create.",
             "0123456789abcdef0123456789abcdef", True),
            ("SPOTIFY_CLIENT_ID", "text", "", "Links of Spotify playlists: https://developer.spotify.com/dashboard.",
             "0123456789abcdef0123456789abcdef"),
            ("SPOTIFY_CLIENT_SECRET", "text", "", "And its secret.", "0123456789abcdef0123456789abcdef", True),
            ("APPLE_MUSIC_TOKEN", "text", "", "Links of Apple Music: a developer token (JWT) of MusicKit.", "eyJ…", True),
            ("YOUTUBE_API_KEY", "text", "", "Links of YouTube Music: a key of the YouTube Data API v3.", "AIza…", True),
            ("LISTENBRAINZ_TOKEN", "text", "",
             "Private playlists of ListenBrainz: https://listenbrainz.org/settings. Others need none.",
             "01234567-89ab-cdef-0123-456789abcdef", True),
            *((name, "text", address, f"Where {who} is asked: a mirror, or a server of your own.", "http://localhost:9000")
              for name, address, who in _ADDRESSES),
        ),
        *_of(
            "The command line",
            ("COLUMNS", "number", "", "How wide lines may be; empty: as wide as the terminal, and elsewhere not wrapped.", "100"),
        ),
    )
}  # fmt: skip


_IN_FILE = "_FILE"


def text(name: str) -> str:
    """The value of a variable, or its default; of a secret one, also what stands in the file that `NAME_FILE` names.

    Raises `KeyError` for a variable that is not in `VARIABLES`, `BadSetting` for a file that cannot be read, or beside a value.
    """
    variable = VARIABLES[name]
    value = os.environ.get(name, "").strip()
    if variable.secret and (file := os.environ.get(name + _IN_FILE, "").strip()):
        if value:
            raise BadSetting(f"{name} and {name}_FILE are both set: leave one of them out")
        return _secret_in(file, name)
    return value or variable.default


def _secret_in(file: str, name: str) -> str:
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadSetting(f"{name}_FILE names {file}, which cannot be read: {why}") from error
    if not value:
        raise BadSetting(f"{name}_FILE names {file}, which is empty")
    return value


def forget(*names: str) -> None:
    """Take variables out of the environment of this process, and those that name files of theirs."""
    for name in names:
        os.environ.pop(name, None)
        os.environ.pop(name + _IN_FILE, None)


def several(name: str) -> list[str]:
    """The values of a list."""
    return [one for value in text(name).split(",") if (one := value.strip())]


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

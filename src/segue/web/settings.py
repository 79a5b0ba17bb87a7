"""Django's settings, made from the environment (`environment.py`)."""

from __future__ import annotations

import logging
import os
import secrets
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
import structlog

from segue.errors import BadSetting
from segue.home import Home
from segue.web import environment

HERE = Path(__file__).parent
HOME = Home.at(Path(environment.text("SEGUE_HOME")) if environment.text("SEGUE_HOME") else None)
HOME.path.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key of the environment, or one that is made once and kept in the home, readable by its owner only."""
    if given := environment.text("SEGUE_SECRET_KEY"):
        return given
    file = HOME.path / "secret_key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # One that was restored may be short: it was chosen by hand, and without it nobody knows who was erased.
        if not (kept := file.read_text().strip()):
            raise BadSetting(f"{file} holds no key: delete it, and one is made anew") from None
        return kept
    with os.fdopen(descriptor, "w") as out:
        key = secrets.token_urlsafe(48)
        out.write(key)
    return key


SECRET_KEY = _secret_key()
DEBUG = environment.flag("SEGUE_DEBUG")
URL = environment.text("SEGUE_URL").rstrip("/")
_AT = urlsplit(URL)
if _AT.scheme not in {"http", "https"} or not _AT.hostname:
    raise BadSetting(f"SEGUE_URL must be an address such as https://music.example.org, not {URL!r}")
SECURE = _AT.scheme == "https"
SINGLE_USER = environment.flag("SEGUE_SINGLE_USER")
SIGNUP = environment.flag("SEGUE_SIGNUP")
ALLOWED_HOSTS = [_AT.hostname, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [URL]
TRUSTED_PROXIES = environment.number("SEGUE_TRUSTED_PROXIES")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.spotify",
    "allauth.usersessions",
    "django_htmx",
    "ninja",
    "segue.web.accounts",
    "segue.web.catalog",
    "segue.web.listening",
    "segue.web.discovery",
    "segue.web.playlists",
    "segue.web.covers",
    "segue.web.playing",
    "segue.web.social",
    "segue.web.sharing",
    "segue.web.editorial",
    "segue.web.jobs",
    "segue.web.experiments",
    "segue.web.digest",
    "segue.web.insights",
    "segue.web.api",
    "segue.web.pages",
]
MIDDLEWARE = [
    "segue.web.metrics.ObservingMiddleware",
    "segue.web.health.HealthMiddleware",
    "segue.web.accounts.middleware.ProgramsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "segue.web.security.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "segue.web.accounts.middleware.SessionLimitsMiddleware",
    "segue.web.accounts.middleware.SingleUserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "segue.web.accounts.middleware.OtherServicesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "segue.web.urls"
WSGI_APPLICATION = "segue.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- the database, the cache, the sessions -------------------------------------------------------------------------------


def _database() -> dict[str, object]:
    url = environment.text("DATABASE_URL")
    if not url:
        url = f"sqlite:///{HOME.path / 'segue.sqlite'}"
    try:
        found = dict(dj_database_url.parse(url, conn_max_age=600))
    except ValueError as error:
        raise BadSetting("DATABASE_URL must be as postgresql://user:password@host:5432/name") from error
    if found["ENGINE"] == "django.db.backends.sqlite3":
        # A listen is acknowledged when it is on the disk: FULL waits for it. Writers queue instead of failing.
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
        }
        found["TEST"] = {"NAME": f"{found['NAME']}.test"}
    elif found["ENGINE"] == "django.db.backends.postgresql":
        found["CONN_HEALTH_CHECKS"] = True
    else:
        raise BadSetting("DATABASE_URL must name SQLite or PostgreSQL")
    return found


DATABASES = {"default": _database()}
REDIS_URL = environment.text("REDIS_URL")
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    # One cache for all processes, so that what is limited stays limited whichever of them answers.
    # Room for many: an entry that is pushed out is a limit forgotten.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES["default"]["KEY_PREFIX"] = "segue"

SESSION_IDLE = timedelta(hours=environment.number("SEGUE_SESSION_IDLE_HOURS"))
SESSION_LONGEST = timedelta(days=environment.number("SEGUE_SESSION_DAYS"))
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_AGE = "language", 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = True, SECURE, "Lax"
CSRF_FAILURE_VIEW = "segue.web.pages.home.forbidden"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_SSL_REDIRECT = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# -- accounts ------------------------------------------------------------------------------------------------------------

SITE_ID = 1
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
_MAIL = urlsplit(environment.text("EMAIL_URL"))
ACCOUNT_ADAPTER = "segue.web.accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "segue.web.accounts.adapters.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Without a mail server nobody could ever confirm an address.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if _MAIL.scheme else "none"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _AT.scheme
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Segue"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_STORE_TOKENS = False


def _providers() -> dict[str, dict]:
    found: dict[str, dict] = {}
    for name in ("google", "spotify", "github"):
        client_id = environment.text(f"SEGUE_{name.upper()}_CLIENT_ID")
        if client_id:
            secret = environment.text(f"SEGUE_{name.upper()}_CLIENT_SECRET")
            found[name] = {"APPS": [{"client_id": client_id, "secret": secret, "key": ""}]}
    if "google" in found:
        found["google"] |= {"SCOPE": ["profile", "email"], "OAUTH_PKCE_ENABLED": True}
    if environment.text("SEGUE_OIDC_URL"):
        app = {
            "provider_id": "oidc", "name": environment.text("SEGUE_OIDC_NAME"),
            "client_id": environment.text("SEGUE_OIDC_CLIENT_ID"), "secret": environment.text("SEGUE_OIDC_CLIENT_SECRET"),
            "settings": {"server_url": environment.text("SEGUE_OIDC_URL")},
        }  # fmt: skip
        found["openid_connect"] = {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    return found


SOCIALACCOUNT_PROVIDERS = _providers()

# -- mail ----------------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.text("SEGUE_MAIL_FROM")
if _MAIL.scheme in {"smtp", "smtps"} and _MAIL.hostname:
    EMAIL_BACKEND = "segue.web.accounts.mail.SmtpBackend"
    EMAIL_HOST, EMAIL_PORT = _MAIL.hostname, _MAIL.port or (465 if _MAIL.scheme == "smtps" else 587)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_MAIL.username or ""), unquote(_MAIL.password or "")
    EMAIL_USE_SSL = _MAIL.scheme == "smtps"
    EMAIL_TIMEOUT = 20
elif _MAIL.scheme:
    raise BadSetting("EMAIL_URL must be as smtp://user:password@host:587, or smtps://…")
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME.path / "outbox"

MAIL_PER_MINUTE = environment.number("SEGUE_MAIL_PER_MINUTE")
DIGEST_HOUR = environment.number("SEGUE_DIGEST_HOUR")
if DIGEST_HOUR > 23:
    raise BadSetting(f"SEGUE_DIGEST_HOUR must be an hour from 0 to 23, not {DIGEST_HOUR}")

# -- pages ---------------------------------------------------------------------------------------------------------------


def _plotly() -> Path:
    """Where the wheel of Plotly keeps its JavaScript; nothing of it is loaded here."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise BadSetting("the dashboard needs Plotly: pip install 'segue[web]'")
    return Path(found.origin).parent / "package_data"


LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("da", "Dansk")]
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [HERE / "static", ("plotly", _plotly())]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
MAX_UPLOAD_BYTES = environment.number("SEGUE_MAX_UPLOAD_MB") * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# -- the API -------------------------------------------------------------------------------------------------------------

RATE_LIMIT = environment.number("SEGUE_RATE_LIMIT")
RATE_LIMIT_COSTLY = environment.number("SEGUE_RATE_LIMIT_COSTLY")
WORKERS = environment.number("SEGUE_WORKERS") or os.cpu_count() or 1
METRICS_TOKEN = environment.text("SEGUE_METRICS_TOKEN")
SNAPSHOT_CHECK_S = environment.number("SEGUE_SNAPSHOT_CHECK_S")
NINJA_PAGINATION_MAX_LIMIT = 200

# -- jobs ----------------------------------------------------------------------------------------------------------------

MUSIC_FOLDERS = environment.several("SEGUE_MUSIC_FOLDERS")
KEEP_EXPOSURES_DAYS = environment.number("SEGUE_KEEP_EXPOSURES_DAYS")
KEEP_SEARCHES_DAYS = environment.number("SEGUE_KEEP_SEARCHES_DAYS")
KEEP_JOBS_DAYS = environment.number("SEGUE_KEEP_JOBS_DAYS")
KEEP_SNAPSHOTS = environment.number("SEGUE_KEEP_SNAPSHOTS")

# -- logs ----------------------------------------------------------------------------------------------------------------

_LEVEL = environment.text("SEGUE_LOG_LEVEL").upper()
if _LEVEL not in logging.getLevelNamesMapping():
    raise BadSetting(f"SEGUE_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {_LEVEL!r}")
_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_STEPS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _STEPS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": _LEVEL},
    "loggers": {
        "httpx": {"level": "WARNING"},  # it tells addresses, and some services want their key there
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}

"""What the services on the internet need to know of whoever runs Segue: keys, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self


def _variable(name: str, default: str = "") -> str:
    return field(default=default, metadata={"variable": name})


def _secret(name: str) -> str:
    return field(default="", repr=False, metadata={"variable": name})


@dataclass(frozen=True)
class OnlineSettings:
    """Each field is read from one variable of the environment; "" says that there is none.

    An address given here replaces the service's own: a mirror, a server of one's own. It may be http then.
    """

    contact: str = _variable("SEGUE_CONTACT")
    """An address at which a service can reach whoever runs this (MusicBrainz asks for one)."""
    lastfm_api_key: str = _secret("LASTFM_API_KEY")
    """From https://www.last.fm/api/account/create."""
    spotify_client_id: str = _variable("SPOTIFY_CLIENT_ID")
    """From https://developer.spotify.com/dashboard."""
    spotify_client_secret: str = _secret("SPOTIFY_CLIENT_SECRET")
    """From the same page."""
    apple_music_token: str = _secret("APPLE_MUSIC_TOKEN")
    """A developer token (JWT) of Apple's MusicKit."""
    youtube_api_key: str = _secret("YOUTUBE_API_KEY")
    """A key of the YouTube Data API v3."""
    listenbrainz_token: str = _secret("LISTENBRAINZ_TOKEN")
    """From https://listenbrainz.org/settings; only private playlists need it."""
    listenbrainz_url: str = _variable("LISTENBRAINZ_URL", "https://api.listenbrainz.org")
    musicbrainz_url: str = _variable("MUSICBRAINZ_URL", "https://musicbrainz.org")
    lastfm_url: str = _variable("LASTFM_URL", "https://ws.audioscrobbler.com")
    spotify_url: str = _variable("SPOTIFY_URL", "https://api.spotify.com")
    spotify_accounts_url: str = _variable("SPOTIFY_ACCOUNTS_URL", "https://accounts.spotify.com")
    deezer_url: str = _variable("DEEZER_URL", "https://api.deezer.com")
    apple_music_url: str = _variable("APPLE_MUSIC_URL", "https://api.music.apple.com")
    youtube_url: str = _variable("YOUTUBE_URL", "https://www.googleapis.com")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """What the environment says; a variable that is empty is as good as none."""
        said = {one.name: environ.get(one.metadata["variable"], "").strip() for one in fields(cls)}
        return cls(**{name: value for name, value in said.items() if value})

    def is_own(self, name: str) -> bool:
        """Whether an address is not the service's own: a mirror, which takes as many questions as its owner likes."""
        return bool(getattr(self, name) != type(self).__dataclass_fields__[name].default)

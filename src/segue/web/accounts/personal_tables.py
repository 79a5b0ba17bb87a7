"""What is held of a person, table by table: each column with its meaning and where it is. No password, key or hash is among it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import F, Model, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _

from segue.web.accounts.models import Token, User
from segue.web.api.models import KeptAnswer
from segue.web.catalog.models import Credit
from segue.web.digest.models import Letter, Subscription, Used
from segue.web.discovery.models import Exposure, MadeAhead, Outcome, Station
from segue.web.editorial.models import Pick
from segue.web.experiments.models import Allowed, Decision, Seen
from segue.web.jobs.models import Job
from segue.web.listening.models import Feedback, Listen, Listener, NotMyTaste, Search, Tagging
from segue.web.playing.models import Latest
from segue.web.playlists.models import Entry, Invitation, Member, Playlist
from segue.web.sharing.models import Share
from segue.web.social.models import Ask, Block, Follow, Profile

AT_ONCE = 2000


@dataclass(frozen=True)
class Column:
    """One column: its name, its meaning, and where it is (a field's path or an expression)."""

    name: str
    meaning: str
    of: str | Combinable


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: of its file.
        meaning: one sentence, in English.
        model: whose rows they are.
        whose: the path from a row to its user.
        columns: what is told of a row.
    """

    name: str
    meaning: str
    model: type[Model]
    whose: str
    columns: tuple[Column, ...]

    def rows(self, user: User) -> Iterator[dict[str, Any]]:
        """The rows of somebody, as values that JSON has; read a few at a time."""
        names = [column.name for column in self.columns]
        found = self.model._default_manager.filter(**{self.whose: user.pk}).order_by("pk")
        for row in found.values_list(*[column.of for column in self.columns]).iterator(chunk_size=AT_ONCE):
            yield dict(zip(names, map(_plain, row), strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    return value


def _table(
    name: str, meaning: str, model: type[Model], whose: str, *columns: tuple[str, str] | tuple[str, str, Any]
) -> Table:
    made = tuple(Column(column, what, *(where or (column,))) for column, what, *where in columns)
    return Table(name, meaning, model, whose, made)


def _artist(track: str, artist: str | None = "artist__name") -> Combinable:
    """The name of the artist of a row: the one it names, or the first one of its track."""
    first = Credit.objects.filter(track=OuterRef(track), featured=False).order_by("position").values("artist__name")[:1]
    return Coalesce(F(artist), Subquery(first)) if artist else Subquery(first)


_TIME = "ms since 1970-01-01 00:00 UTC"
_TRACK = (("track_key", "The track's id", "track__key"), ("track", "The track's title", "track__title"))
_TRACK_OR_ARTIST = (
    *_TRACK,
    ("artist_key", "The artist's id, where it is of an artist", "artist__key"),
    ("artist", "The artist's name", _artist("track_id")),
)
_ASKED = (
    ("words", "The question"),
    ("time_ms", f"When it was asked, {_TIME}"),
    *_TRACK,
    ("answer", "The words of the answer"),
    ("answered_ms", f"When it was answered, {_TIME}"),
)

TABLES: tuple[Table, ...] = (
    _table(
        "account", _("Your account."), User, "pk",
        ("email", "The address you sign in with"),
        ("name", "What you are called"),
        ("language", "The language of the pages, where you chose one"),
        ("joined", "When the account was made", "date_joined"),
        ("last_signed_in", "When you last signed in", "last_login"),
        ("is_staff", "Whether you may run the service"),
        ("is_superuser", "Whether you may do everything"),
        ("is_active", "Whether you may sign in"),
    ),
    _table(
        "listener", _("Whom music is recommended to."), Listener, "user",
        ("key", "Your id among listeners"),
        ("country", "ISO 3166-1 alpha-2 code"),
        ("birth_year", "Year of birth"),
        ("gender", "As you stated it"),
        ("languages", "ISO 639-1 codes of languages you like to hear"),
        ("timezone", "Your time zone"),
        ("dial", "Where your dial stands: 0 familiar, 1 new"),
        ("explicit", "Whether songs with explicit words may come"),
        ("private_until_ms", f"Until when you listen in private, {_TIME}"),
        ("welcomed", "Whether you were through the first visit"),
        ("version", "How often something changed that recommendations depend on"),
    ),
    _table(
        "email_addresses", _("Your e-mail addresses."), EmailAddress, "user",
        ("email", "The address"),
        ("verified", "Whether you confirmed it"),
        ("primary", "Whether letters go there"),
    ),
    _table(
        "services", _("Other services that you sign in with."), SocialAccount, "user",
        ("service", "Which one", "provider"),
        ("id", "Your id there", "uid"),
        ("connected", "Since when", "date_joined"),
        ("last_used", "When you last signed in by it", "last_login"),
        ("told", "What the service told of you", "extra_data"),
    ),
    _table(
        "second_factors", _("What else you prove yourself with. The secrets themselves are not given out."), Authenticator, "user",
        ("kind", "totp, webauthn (a passkey) or recovery_codes", "type"),
        ("name", "What you called it", "data__name"),
        ("added", "When you added it", "created_at"),
        ("last_used", "When you last used it", "last_used_at"),
    ),
    _table(
        "devices", _("Where you are signed in."), UserSession, "user",
        ("address", "The network address you signed in from", "ip"),
        ("program", "The browser or program, as it names itself", "user_agent"),
        ("signed_in", "When you signed in", "created_at"),
        ("last_seen", "When it was last used", "last_seen_at"),
    ),
    _table(
        "tokens", _("Tokens for programs. Their keys are not kept, only a hash."), Token, "user",
        ("name", "What you called it"),
        ("scopes", "What it may do"),
        ("created", "When it was made"),
        ("last_used", "When it was last used, to the hour"),
        ("expires", "Until when it is valid"),
    ),
    _table(
        "listens", _("What you played."), Listen, "listener__user",
        *_TRACK_OR_ARTIST,
        ("time_ms", f"When it began, {_TIME}; empty where that is not known"),
        ("position", "Its place in the order of your listens, where only that is known"),
        ("ms_played", "For how long, in ms"),
        ("skipped", "Whether you moved on before the end"),
        ("plays", "How many plays the row stands for"),
        ("source", "Where the listen came from"),
    ),
    _table(
        "feedback", _("What you said of tracks and artists."), Feedback, "listener__user",
        *_TRACK_OR_ARTIST,
        ("kind", "like, dislike, never (do not play again) or rating"),
        ("rating", "The rating, on its source's own scale"),
        ("time_ms", f"When, {_TIME}"),
        ("expires_ms", f"Until when it holds, {_TIME}; empty for ever"),
    ),
    _table(
        "not_my_taste", _("Tracks that somebody else played: they say nothing of your taste."), NotMyTaste, "listener__user",
        *_TRACK,
        ("artist", "The artist's name", _artist("track_id", None)),
    ),
    _table(
        "taggings", _("Words you gave tracks and artists."), Tagging, "listener__user",
        *_TRACK_OR_ARTIST,
        ("tag", "The word"),
        ("time_ms", f"When, {_TIME}"),
    ),
    _table(
        "searches", _("What you searched for."), Search, "listener__user",
        ("words", "What you wrote"),
        ("time_ms", f"When, {_TIME}"),
        ("track_key", "The id of the track that answered it", "track__key"),
        ("artist_key", "The id of the artist that answered it", "artist__key"),
    ),
    _table(
        "playlists", _("Your playlists."), Playlist, "listener__user",
        ("key", "The playlist's id"),
        ("title", "Its title"),
        ("description", "What you wrote about it"),
        ("genres", "Genres it is filed under"),
        ("followers", "How many follow it"),
        ("modified_ms", f"When it was last changed, {_TIME}"),
        ("public", "Whether others may see it"),
        ("version", "How often it was changed"),
    ),
    _table(
        "playlist_tracks", _("The tracks of your playlists."), Entry, "playlist__listener__user",
        ("playlist_key", "The playlist's id", "playlist__key"),
        ("position", "The place in it, from 0"),
        *_TRACK,
        ("artist", "The artist's name", _artist("track_id", None)),
    ),
    _table(
        "playlist_memberships", _("Playlists of others that you may change."), Member, "listener__user",
        ("playlist_key", "The playlist's id", "playlist__key"),
        ("since_ms", f"Since when, {_TIME}"),
    ),
    _table(
        "playlist_invitations", _("Links by which others may join your playlists. The links themselves are not given out."),
        Invitation, "playlist__listener__user",
        ("playlist_key", "The playlist's id", "playlist__key"),
        ("ends_ms", f"Until when it works, {_TIME}"),
    ),
    _table(
        "exposures", _("What was recommended to you."), Exposure, "listener__user",
        ("id", "The page's id"),
        ("surface", "Where it was shown"),
        ("snapshot", "Which version of the models recommended it"),
        ("shown_ms", f"When, {_TIME}"),
        ("tracks", "In the order shown: the track's id, what proposed it, how likely a drawn place was to show it, and why"),
    ),
    _table(
        "outcomes", _("What came of it."), Outcome, "exposure__listener__user",
        ("exposure_id", "The page's id"),
        ("track_key", "The track's id"),
        ("kind", "played, skipped, like or dislike"),
        ("time_ms", f"When, {_TIME}"),
    ),
    _table(
        "experiments", _("Ways to recommend that were tried with you."), Seen, "listener__user",
        ("experiment", "Its name", "experiment__name"),
        ("variant", "Which way you had", "variant__name"),
        ("time_ms", f"When you first saw it, {_TIME}"),
        ("measured", "What was counted of your days with it"),
        ("returned", "Whether you listened in the days after"),
    ),
    _table(
        "experiments_tried", _("Ways to recommend that the people who run the service let you try."), Allowed, "listener__user",
        ("experiment", "Its name", "experiment__name"),
        ("variant", "Which way you have", "variant__name"),
    ),
    _table(
        "decisions", _("What you decided about experiments, as one of those who run the service."), Decision, "user",
        ("experiment", "Its name", "experiment__name"),
        ("what", "What you did"),
        ("why", "What was said about it"),
        ("time_ms", f"When, {_TIME}"),
    ),
    _table(
        "mixes", _("Mixes of the week that were made for you before you asked."), MadeAhead, "listener__user",
        ("product", "Which kind"),
        ("mixes", "The mixes, with their tracks and the reasons for each"),
        ("state", "A hash of what they depend on"),
        ("made_ms", f"When they were made, {_TIME}"),
    ),
    _table(
        "stations", _("Your stations."), Station, "listener__user",
        ("id", "The station's id"),
        ("name", "Its name"),
        ("state", "What it began with and what it played, as JSON"),
        ("version", "How often it was changed"),
        ("created_ms", f"When it was made, {_TIME}"),
        ("played_ms", f"When it last played, {_TIME}"),
    ),
    _table(
        "latest", _("What you were playing last, to go on with it on another device."), Latest, "listener__user",
        *_TRACK,
        ("position_ms", "How far it was, in ms"),
        ("page", "The page it was played from"),
        ("title", "The title of that page"),
        ("time_ms", f"When, {_TIME}"),
    ),
    _table(
        "profile", _("What you show to those who follow you."), Profile, "listener__user",
        ("handle", "The end of your link"),
        ("name", "What friends call you"),
        ("findable", "Whether others find you by your name"),
        ("shows_listening", "Whether you show what you played last"),
        ("shows_taste", "Whether you show your taste"),
        ("shows_playlists", "Whether you show your public playlists"),
    ),
    _table(
        "follows", _("Whom you follow, or asked to."), Follow, "follower__user",
        ("name", "What they are called", "followed__profile__name"),
        ("accepted", "Whether they said yes"),
        ("since_ms", f"Since when, {_TIME}"),
    ),
    _table(
        "followers", _("Who follows you, or asked to."), Follow, "followed__user",
        ("name", "What they are called", "follower__profile__name"),
        ("accepted", "Whether you said yes"),
        ("since_ms", f"Since when, {_TIME}"),
    ),
    _table(
        "blocks", _("Whom you block."), Block, "blocker__user",
        ("name", "What they are called", "blocked__profile__name"),
        ("since_ms", f"Since when, {_TIME}"),
    ),
    _table(
        "asks", _("What you asked friends to recommend, and what they answered."), Ask, "asker__user",
        ("of", "Whom you asked", "asked__profile__name"),
        *_ASKED,
    ),
    _table(
        "asked", _("What friends asked you, and what you answered."), Ask, "asked__user",
        ("by", "Who asked", "asker__profile__name"),
        *_ASKED,
    ),
    _table(
        "shares", _("Public links you made."), Share, "listener__user",
        ("token", "The end of the link"),
        ("kind", "playlist, mix or taste"),
        ("key", "The id of what it leads to"),
        ("title", "Its title"),
        ("shown", "What it shows, as it was when you made it; empty for playlists, which are shown as they are"),
        ("listed", "Whether search engines may find it"),
        ("time_ms", f"When you made it, {_TIME}"),
    ),
    _table(
        "weekly_letter", _("Whether you get the weekly letter."), Subscription, "listener__user",
        ("address", "Where it goes"),
        ("state", "asked (not confirmed yet), on, off, or paused as letters came back"),
        ("asked_ms", f"When you asked for it, {_TIME}"),
        ("confirmed_ms", f"When you confirmed that, {_TIME}"),
        ("ended_ms", f"When it ended, {_TIME}"),
    ),
    _table(
        "letters", _("The weekly letters that were sent to you."), Letter, "listener__user",
        ("week", "Of which week"),
        ("state", "How that ended: sent, refused or bounced by the mail server, and so on"),
        ("message_id", "What the letter is called in mail"),
        ("claimed_ms", f"When it was made, {_TIME}"),
        ("ended_ms", f"When it was sent, or came back, {_TIME}"),
        ("size", "Its size in bytes"),
        ("problem", "What went wrong"),
    ),
    _table(
        "letter_links", _("Links of weekly letters that you used."), Used, "letter__listener__user",
        ("week", "Of which letter", "letter__week"),
        ("track_key", "The track's id"),
        ("kind", "like or dislike"),
        ("time_ms", f"When, {_TIME}"),
    ),
    _table(
        "picks", _("What you picked for front pages, as one of those who run the service."), Pick, "made_by",
        ("id", "The pick's number", "pk"),
        ("title", "What it is called"),
        ("sentence", "What stands below it"),
        ("playlist_key", "The id of its playlist", "playlist__key"),
        ("track_keys", "The ids of its tracks, where it has no playlist"),
        ("countries", "Where it is shown; none for everywhere"),
        ("starts_ms", f"From when, {_TIME}"),
        ("ends_ms", f"Until when, {_TIME}; empty for ever"),
        ("position", "Its place among the picks"),
    ),
    _table(
        "jobs", _("Work that was done for you, as imports."), Job, "user",
        ("id", "The job's id"),
        ("kind", "What it did"),
        ("state", "queued, running, done, failed or cancelled"),
        ("progress", "How far it came, 0 to 1"),
        ("doing", "What it was at"),
        ("input", "What it worked on"),
        ("report", "What it said at the end"),
        ("problem", "What went wrong"),
        ("created", "When it was asked for"),
        ("started", "When it began"),
        ("finished", "When it ended"),
        ("not_before", "When it is tried again, where it failed"),
        ("log", "What it noted on the way: when (ms since 1970 UTC), and what"),
    ),
    _table(
        "kept_answers", _("Answers of the API that are kept for a day, so that nothing is done twice."), KeptAnswer, "user",
        ("key", "What the program called its request"),
        ("status", "The answer's status"),
        ("answer", "The answer", "body"),
        ("created", "When it was given"),
    ),
)  # fmt: skip

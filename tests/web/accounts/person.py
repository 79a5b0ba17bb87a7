"""Somebody of whom everything is known: a row in every table that can hold anything of a person."""

import time

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField, Model

from segue.web.accounts.models import Token, User
from segue.web.api.models import KeptAnswer
from segue.web.catalog.models import Artist, Credit, Track
from segue.web.digest.models import Letter, Subscription, Used
from segue.web.discovery.models import Exposure, MadeAhead, Outcome, Station
from segue.web.editorial.models import Pick
from segue.web.experiments.models import Allowed, Decision, Experiment, Seen, Variant
from segue.web.jobs.models import Job
from segue.web.listening.models import Feedback, Listen, Listener, NotMyTaste, Search, Tagging, listener_of
from segue.web.playing.models import Latest
from segue.web.playlists.models import Entry, Invitation, Member, Playlist
from segue.web.sharing.models import Share
from segue.web.social.models import Ask, Block, Follow, Profile

NOW_MS = 1_700_000_000_000


def models_of_people() -> dict[type[Model], list[str]]:
    """Every model whose rows are somebody's, with the paths that lead from a row to its user."""
    paths: dict[type[Model], list[str]] = {User: ["pk"]}
    grew = True
    while grew:
        grew = False
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                to = getattr(field, "related_model", None)
                forward = (
                    field.is_relation and getattr(field, "concrete", False) and not isinstance(field, ManyToManyField)
                )
                if not forward or to not in paths:
                    continue
                for path in paths[to]:
                    mine = field.name if path == "pk" else f"{field.name}__{path}"
                    if mine not in paths.setdefault(model, []):
                        paths[model].append(mine)
                        grew = True
    return paths


def rows_of(user_id: int) -> dict[str, int]:
    """How many rows each table has of somebody."""
    found = {}
    for model, paths in models_of_people().items():
        found[model._meta.label] = sum(model._default_manager.filter(**{path: user_id}).count() for path in paths)
    return found


def catalogue() -> tuple[Track, Artist]:
    """A track and its artist."""
    artist, _ = Artist.objects.get_or_create(key="artist-1", defaults={"name": "The Weather"})
    track, _ = Track.objects.get_or_create(key="track-1", defaults={"title": "=Rain+1"})
    Credit.objects.get_or_create(track=track, artist=artist, position=0)
    return track, artist


def _experiment_with(listener: Listener, user: User) -> None:
    """An experiment that somebody saw, one that they try, and a decision of theirs."""
    experiment, _ = Experiment.objects.get_or_create(
        name="Tried",
        defaults={"layer": "ranking", "surfaces": [], "share": 1, "minimum_effect": 0.1, "created_ms": NOW_MS},
    )
    variant, _ = Variant.objects.get_or_create(experiment=experiment, position=0, defaults={"name": "a", "share": 1})
    Seen.objects.create(
        experiment=experiment, listener=listener, variant=variant, time_ms=NOW_MS, measured={"shown": 1}
    )
    Allowed.objects.create(experiment=experiment, listener=listener, variant=variant)
    Decision.objects.create(experiment=experiment, user=user, what="started", time_ms=NOW_MS)


def _befriend(listener: Listener, track: Track, own: str) -> None:
    """Everything that can be between somebody and a friend."""
    friend, _ = Listener.objects.get_or_create(key="a-friend")
    Profile.objects.create(listener=listener, name=f"{own} by name")
    for one, other in ((listener, friend), (friend, listener)):
        Follow.objects.create(follower=one, followed=other, accepted=True, since_ms=NOW_MS)
        Block.objects.create(blocker=one, blocked=other, since_ms=NOW_MS)
        Ask.objects.create(
            asker=one, asked=other, words=f"{own} and rain", time_ms=NOW_MS, track=track, answer=f"{own}!"
        )


def live(user: User) -> Listener:
    """Fill every table for somebody; their words have their name in them, so that they can be looked for."""
    listener, (track, artist) = listener_of(user), catalogue()
    own = user.email.partition("@")[0]
    address, _ = EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": True}
    )
    EmailConfirmation.objects.create(email_address=address, key=f"{own}-confirms")
    account = SocialAccount.objects.create(
        user=user, provider="oidc", uid=f"{own}-there", extra_data={"email": user.email}
    )
    SocialToken.objects.create(account=account, token=f"{own}-secret-token")
    Authenticator.objects.create(user=user, type="totp", data={"secret": f"{own}-secret-seed"})
    user.groups.add(Group.objects.get_or_create(name="friends")[0])
    user.user_permissions.add(Permission.objects.first())
    Token.issue(user, f"{own}'s phone", ["read"])
    KeptAnswer.objects.create(user=user, key=f"{own}-1", request="0" * 64, status=200, body=b"{}\n" + own.encode())
    Listen.objects.create(
        listener=listener, track=track, time_ms=NOW_MS, ms_played=1000, source=f"{own}'s player", event=1
    )
    Listen.objects.create(listener=listener, artist=artist, plays=7, event=2)
    Feedback.objects.create(listener=listener, track=track, kind="like", time_ms=NOW_MS)
    NotMyTaste.objects.create(listener=listener, track=track)
    Tagging.objects.create(listener=listener, track=track, tag=f"{own} likes this")
    Search.objects.create(listener=listener, words=f"{own} searches", time_ms=NOW_MS, track=track)
    playlist = Playlist.objects.create(listener=listener, title=f"{own}'s songs")
    Entry.objects.create(playlist=playlist, track=track, position=0)
    Invitation.objects.create(playlist=playlist, ends_ms=NOW_MS)
    shared = Playlist.objects.create(title="Somebody else's songs")
    Member.objects.create(playlist=shared, listener=listener, since_ms=NOW_MS)
    Pick.objects.create(title="Picked for all", track_keys=[track.key], starts_ms=NOW_MS, made_by=user)
    exposure = Exposure.objects.create(
        listener=listener, surface="recommendations", snapshot="s", shown_ms=NOW_MS, tracks=[[track.key, "model", None]]
    )
    Outcome.objects.create(exposure=exposure, track_key=track.key, kind="played", time_ms=time.time_ns() // 1_000_000)
    MadeAhead.objects.create(listener=listener, product="rewind", state="0" * 64, mixes=[{"of": own}], made_ms=NOW_MS)
    Station.objects.create(listener=listener, name=f"{own} FM", state="{}", created_ms=NOW_MS, played_ms=NOW_MS)
    Latest.objects.create(listener=listener, track=track, page="/", title=f"{own}'s page", time_ms=NOW_MS)
    _befriend(listener, track, own)
    Subscription.objects.create(listener=listener, address=user.email, state="on", asked_ms=NOW_MS)
    letter = Letter.objects.create(
        listener=listener, week="2026-W47", state="sent", message_id=f"<{own}@letters>", claimed_ms=NOW_MS
    )
    Used.objects.create(letter=letter, track_key=track.key, kind="like", time_ms=NOW_MS)
    _experiment_with(listener, user)
    Share.objects.create(listener=listener, kind="taste", title=f"{own}'s taste", shown={"of": own}, time_ms=NOW_MS)
    Job.objects.create(user=user, kind="import", state="done", report={"for": own, "listener": listener.key})
    return listener
